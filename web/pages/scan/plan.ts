// How long a scan takes.
import { scanSeconds } from "../catalogue";

/** Plan says when a scan ends, in seconds. */
export interface Plan {
  least: number; // from then on, the scan ends as soon as all values are good enough
  longest: number; // the scan ends here in any case
  check: number; // how long the checks may fail before the page gives up
  lost: number; // how long the face may be away
}

/**
 * planFor returns the plan of a scan for some biomarkers. A scan of test data may be shortened to so
 * many seconds, and may take half as long again before it gives up.
 */
export function planFor(biomarkers: string[], seconds = 0): Plan {
  const wanted = Math.max(...biomarkers.map((b) => scanSeconds[b] ?? 60));
  if (seconds > 0) {
    const s = Math.min(Math.max(seconds, 5), wanted);
    return { least: s, longest: 1.5 * s, check: s, lost: Math.min(s, 20) };
  }
  return { least: wanted, longest: Math.max(1.5 * wanted, 60), check: 60, lost: 20 };
}
