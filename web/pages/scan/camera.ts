// Which camera was chosen, and what to do if it is not available: how to allow it
// in this browser, and in a frame.
import { el } from "../../components/kit/dom";
import type { CameraStatus } from "../capture/capture";
import { t } from "../text";
import { browser } from "./agent";
import { framed } from "./host";

const KEPT = "blush-camera";

// remembered is the camera that was last chosen on this device, if any.
export function remembered() {
  try {
    return localStorage.getItem(KEPT) ?? undefined;
  } catch {
    return undefined; // the browser stores nothing for this page
  }
}

export function remember(deviceId: string) {
  try {
    localStorage.setItem(KEPT, deviceId);
  } catch {
    // it must be chosen again next time
  }
}

// advice lists what a person can do about a status: denied, in_use, no_camera.
export function advice(status: CameraStatus): (string | Node)[] {
  if (!globalThis.isSecureContext) return [t("camera.insecure")];
  if (status !== "denied") return [t("camera." + status)];
  if (framed && forbidden()) return [t("camera.denied.frame")];
  return [t("camera.denied"), el("p", { class: "howto" }, t("camera.denied." + browser(navigator.userAgent)))];
}

// forbidden says whether the frame around the page blocks the camera.
function forbidden() {
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  return policy?.allowsFeature ? !policy.allowsFeature("camera") : false;
}
