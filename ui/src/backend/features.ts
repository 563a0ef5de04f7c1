/** The features around a page. Views show nothing that is not there. */
export interface Features {
  /** This computer can host rooms, and the settings say where and how far they reach. */
  readonly hosting: boolean;
  /** The settings say where calls run. */
  readonly engineChoice: boolean;
  /** The system's tray. */
  readonly tray: boolean;
  /** Notifications of the system. */
  readonly notifications: boolean;
  /** Shortcuts that work in other programs. */
  readonly globalShortcuts: boolean;
  /** The page is a tab of the person's own browser, which asks for camera and microphone. */
  readonly browserTab: boolean;
  /** Where a person gets the app. Null in the app, and empty where nobody has said so. */
  readonly downloads: string | null;
}

/** In the app's window, and on the call page that the app opens in a browser. */
export const APP_FEATURES: Features = {
  hosting: true,
  engineChoice: true,
  tray: true,
  notifications: true,
  globalShortcuts: true,
  browserTab: false,
  downloads: null,
};

/** On a guest's page. */
export const GUEST_FEATURES: Features = {
  hosting: false,
  engineChoice: false,
  tray: false,
  notifications: false,
  globalShortcuts: false,
  browserTab: true,
  downloads: '',
};
