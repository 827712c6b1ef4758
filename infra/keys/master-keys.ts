/** Chooses the provider of the master key by settings: Vault, the environment, or, with neither, the file in the keys folder. */

import type { MasterKey } from "./master-key.ts"
import { environmentMasterKey } from "./master-key-environment.ts"
import { vaultMasterKey } from "./master-key-vault.ts"

/** Takes the secret out of the settings, so that no process started from here inherits it. Undefined: the file. */
export function masterKeyOf(settings: Record<string, string | undefined>): MasterKey | undefined {
  const { MIMIKA_MASTER_KEY: encoded, MIMIKA_VAULT_ADDR: address } = settings
  delete settings.MIMIKA_MASTER_KEY
  if (encoded !== undefined && address !== undefined) {
    throw new Error(
      "Cannot choose the master key: MIMIKA_MASTER_KEY and MIMIKA_VAULT_ADDR are both set. Unset the one that this key store was not made with"
    )
  }
  if (encoded !== undefined) return environmentMasterKey(encoded)
  if (address === undefined) return undefined
  const tokenFile = settings.MIMIKA_VAULT_TOKEN_FILE
  if (tokenFile === undefined) {
    throw new Error("Cannot use Vault: no token is named. Set MIMIKA_VAULT_TOKEN_FILE to the file that holds it")
  }
  return vaultMasterKey({
    address,
    tokenFile,
    mount: settings.MIMIKA_VAULT_MOUNT ?? "transit",
    key: settings.MIMIKA_VAULT_KEY ?? "mimika",
    authorityFile: settings.MIMIKA_VAULT_CA_FILE,
    namespace: settings.MIMIKA_VAULT_NAMESPACE
  })
}
