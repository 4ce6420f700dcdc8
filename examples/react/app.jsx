// The page reads the user's scans directly, with a token, and embeds the scan page.
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Blush } from "@blush/client";

const post = async (path) => {
  const answer = await fetch(path, { method: "POST" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
};

// A value always comes with its interval, or with the reason why there is none.
function Value({ estimate }) {
  if (!estimate || estimate.value === null) return <>no heart rate ({estimate?.reason ?? "not measured"})</>;
  const [value, low, high] = [estimate.value, ...estimate.interval].map((v) => v.toFixed(1));
  return <>{value} {estimate.unit}, between {low} and {high}</>;
}

// Calls back when a scan has a result, and when the user is done.
function ScanFrame({ url, onResult, onClose }) {
  useEffect(() => {
    const listen = (e) => {
      if (e.origin !== new URL(url).origin) return;
      if (e.data.stage === "faceScanSuccessful") onResult();
      if (e.data.stage === "dismiss") onClose();
    };
    addEventListener("message", listen);
    return () => removeEventListener("message", listen);
  }, [url, onResult, onClose]);
  return <iframe title="Face scan" src={url} allow="camera; screen-wake-lock" />;
}

function App({ blush }) {
  const [scans, setScans] = useState([]);
  const [address, setAddress] = useState(null);
  const load = async () => setScans((await blush.scans()).data);
  useEffect(() => void load(), [blush]);
  return (
    <main>
      <h1>Your scans</h1>
      <button onClick={async () => setAddress((await post("/scan")).url)}>Scan my face</button>{" "}
      <button id="simulate" onClick={async () => { await post("/simulate"); await load(); }}>Simulate a scan</button>
      {address && <ScanFrame url={address} onResult={load} onClose={() => setAddress(null)} />}
      <ul>
        {scans.map((s) => (
          <li key={s.face_scan_id}>
            {new Date(s.created_at).toLocaleString()}: <Value estimate={s.estimates?.find((e) => e.biomarker === "heart_rate")} />
          </li>
        ))}
      </ul>
    </main>
  );
}

const { server, token } = await post("/session");
createRoot(document.getElementById("app")).render(<App blush={new Blush({ baseUrl: server, token })} />);
