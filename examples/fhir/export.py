"""Exports the whole history of the user "anna" as FHIR R4 to a file.

BLUSH_URL=http://localhost:8443 BLUSH_KEY=blush_dev_… python3 examples/fhir/export.py history.json

The file is there only once the history is whole: what comes stands in history.json.part until then.
"""

import json
import os
import shutil
import sys
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

URL, KEY = os.environ["BLUSH_URL"], os.environ["BLUSH_KEY"]


def get(path: str):
    """The answer to one GET with the key."""
    return urlopen(Request(URL + path, headers={"x-api-key": KEY}))


def export(user: str, file: Path) -> dict:
    """Writes the history of a user to a file, and returns it. The key needs the scopes read and export."""
    with get("/v2/users?external_user_id=" + quote(user)) as answer:
        patient = json.load(answer)["user_id"]
    part = file.with_name(file.name + ".part")
    try:
        with get(f"/v2/fhir/Patient/{patient}/$everything") as answer, part.open("wb") as out:
            shutil.copyfileobj(answer, out)
        bundle = json.loads(part.read_bytes())  # one that broke off is no JSON
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return bundle


try:
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "history.json")
    bundle = export("anna", file)
except HTTPError as e:
    sys.exit(f"the server answers {e.code}: {e.read().decode()}")
except URLError as e:
    sys.exit(f"{URL} cannot be reached: {e.reason}")
except (OSError, HTTPException, ValueError) as e:
    sys.exit(f"the history is not whole, no file was written: {e}")
kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
print(f"{file}: {kinds.count('Observation')} Observations")
