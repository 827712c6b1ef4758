/** The client's page put together: its desk over the manager's, links and visits, and the way codes go out. */
import { Layer } from "effect"
import { ClientDesk } from "../../actors/client-desk.ts"
import { fileCodeOutbox } from "../exchange/code-outbox.ts"

export const clientDeskIn = (dataFolder: string) => Layer.mergeAll(ClientDesk.layer, fileCodeOutbox(dataFolder))
