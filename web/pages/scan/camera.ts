// Which camera was chosen, and words for one that does not come: how to allow it
// in this browser, and in a frame.
import { el } from "../../components/kit/dom";
import type { CameraStatus } from "../capture/capture";
import { t } from "../text";
import { browser } from "./agent";
import { framed } from "./host";

const KEPT = "blush-camera";

// remembered is the camera that was chosen on this device before, if any.
export function remembered() {
  try {
    return localStorage.getItem(KEPT) ?? undefined;
  } catch {
    return undefined; // the browser keeps nothing for this page
  }
}

export function remember(deviceId: string) {
  try {
    localStorage.setItem(KEPT, deviceId);
  } catch {
    // then it is chosen again next time
  }
}

// advice lists what a person can do about a status: denied, in_use, no_camera.
export function advice(status: CameraStatus): (string | Node)[] {
  if (!globalThis.isSecureContext) return [t("camera.insecure")];
  if (status !== "denied") return [t("camera." + status)];
  if (framed && forbidden()) return [t("camera.denied.frame")];
  return [t("camera.denied"), el("p", { class: "howto" }, t("camera.denied." + browser(navigator.userAgent)))];
}

// forbidden says whether the frame around the page keeps the camera from it.
function forbidden() {
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  return policy?.allowsFeature ? !policy.allowsFeature("camera") : false;
}
