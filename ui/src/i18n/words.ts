import type en from './en';

/** Plural forms that a language may lack: Chinese has one form for every number. */
type Optional = `${string}_one`;

/** The keys of English, each with a text of its own. */
type Same<T> = T extends string
  ? string
  : { [K in keyof T as K extends Optional ? never : K]: Same<T[K]> } & {
      [K in keyof T as K extends Optional ? K : never]?: string;
    };

/** What every language must have. */
export type Words = Same<typeof en>;
