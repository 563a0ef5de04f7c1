import type en from './en';

/** Chinese has one plural form for every number. */
type Optional = `${string}_one`;

type Same<T> = T extends string
  ? string
  : { [K in keyof T as K extends Optional ? never : K]: Same<T[K]> } & {
      [K in keyof T as K extends Optional ? K : never]?: string;
    };

/** Every language has the keys of English. */
export type Translations = Same<typeof en>;
