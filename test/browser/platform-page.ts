/** What a platform's page links: the SDK and its camera, within reach of a test in the browser. */
import { cameraCodecs, streamCamera } from "../../sdk/camera.ts"
import { startConference } from "../../sdk/mimika.ts"

export const linked = { cameraCodecs, startConference, streamCamera }
Object.assign(globalThis, { mimika: linked })
