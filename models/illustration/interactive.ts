/** stub */
import type { Brief } from "./brief.ts"
import type { Look } from "./look.ts"
export const interactivePage = (_brief: Brief, _look: Look, _seed: number, _lieFactor: number): string => ""
