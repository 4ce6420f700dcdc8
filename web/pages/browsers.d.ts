// What some browsers have and TypeScript's own library does not.

/** Of Chromium alone. */
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
