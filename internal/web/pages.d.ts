// What the type checker (tsconfig.json) cannot know about the pages' scripts.

declare module "*/components.js" {
  export const configure: typeof import("../../web/components/types").configure;
}
declare module "*/catalogue.js" { // written by the server: catalogueScript in web.go
  export const catalogue: Record<string, any>;
  export const languages: Record<string, string>;
}

type BlushElement = import("../../web/components/types").BlushWidget<any>;

// Of Chromium alone, so TypeScript's own library has none of it.
declare var MediaStreamTrackProcessor: {
  new (options: { track: MediaStreamTrack; maxBufferSize?: number }): { readonly readable: ReadableStream<VideoFrame> };
};
interface Window {
  readonly IntelliPostMessage?: unknown; // of the vendor's wrapper for Android
}
interface Document {
  readonly permissionsPolicy?: { allowsFeature(name: string): boolean };
  readonly featurePolicy?: { allowsFeature(name: string): boolean };
}
