// Types of browser features that TypeScript's own library lacks.

/** Only in Chromium. */
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
