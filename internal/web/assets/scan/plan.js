// How long a scan takes, in seconds.

const FULL = { heart_rate: 30, respiratory_rate: 60, heart_rate_variability: 60 };

// planFor makes the plan of a scan for some biomarkers:
//   least   from here on the scan ends as soon as all of them are good enough
//   longest it ends here with whatever there is
//   check   how long the checks may fail before the page gives up
//   lost    how long the face may be away
// A scan of test data may be shortened to so many seconds, and goes on for half
// as long again before it gives up.
export function planFor(biomarkers, seconds = 0) {
  const full = Math.max(...biomarkers.map((b) => FULL[b] ?? 60));
  if (seconds > 0) {
    const s = Math.min(Math.max(seconds, 5), full);
    return { least: s, longest: 1.5 * s, check: s, lost: Math.min(s, 20) };
  }
  return { least: full, longest: Math.max(1.5 * full, 60), check: 60, lost: 20 };
}
