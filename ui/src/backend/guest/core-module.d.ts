/** The output of wasm-bindgen for `src-tauri/crates/web`. The build of the guest page says where it is. */
declare module 'parlour-core' {
  type Core = import('./core').Core;

  /** Loads and compiles the module. Once, before anything else. */
  export default function init(source: { module_or_path: string }): Promise<unknown>;
  export const parseInvite: Core['parseInvite'];
  export const newInvite: Core['newInvite'];
  export const nameLooks: Core['nameLooks'];
  export const readIceServers: Core['readIceServers'];
  export const RoomCore: Core['RoomCore'];
}

declare module 'parlour-core-module?url' {
  /** Where the page finds the module. */
  const url: string;
  export default url;
}
