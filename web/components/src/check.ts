// Read by the type checker alone: what index.ts exports is what types.d.ts promises.

import type * as promised from "../types";
import * as exported from "./index";

exported satisfies typeof promised;
