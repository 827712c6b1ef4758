/** Where FFmpeg does not load it is said in words, and whose licence a build is under follows from its own options. */
import fc from "fast-check"
import { expect, it, vi } from "vitest"
import { codecList } from "../../infra/commands/common-options.ts"
import { encodedVideo, licenceOf } from "../../infra/doctor/video.ts"
import { openVideoDecoders } from "../../infra/vision/decoder-video.ts"
import { codecs, encodedCodecs, pictureCodecs } from "../../machines/wire.ts"

vi.mock("node-av/lib", () => {
  throw new Error("no binary for this machine")
})

it("no decoder opens without the package's binary, and the error says what clients are offered instead", async () => {
  await expect(openVideoDecoders()).rejects.toThrow(/^Cannot decode H\.264 and VP8 on "\S+": .+ offered JPEG and luma/)
  expect(await encodedVideo()).toMatchObject({ level: "good", en: expect.stringContaining("not decoded here") })
})

it("a build is under the GPL when it was configured so, whatever else it has", () => {
  const option = fc.constantFrom("--enable-libx264", "--disable-doc", "--enable-libvpx", "--extra-version=gpl")
  const rest = fc.array(option, { maxLength: 6 })
  fc.assert(
    fc.property(rest, rest, fc.boolean(), fc.boolean(), fc.boolean(), (before, after, gpl, third, nonfree) => {
      const own = [gpl ? "--enable-gpl" : "", third ? "--enable-version3" : "", nonfree ? "--enable-nonfree" : ""]
      const licence = licenceOf([...before, ...own, ...after].join(" "))
      if (nonfree) expect(licence).toBe("nonfree")
      else expect([licence.startsWith("LGPL"), licence.endsWith(" 3")]).toEqual([!gpl, third])
    })
  )
})

it("--codecs adds encoded video to pictures, in one order, and refuses names that nobody knows", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...codecs], { minLength: 1 }), (named) => {
      const offered = codecList(named.join(", "))
      expect(offered).toEqual([...pictureCodecs, ...encodedCodecs.filter((codec) => named.includes(codec))])
    })
  )
  expect(() => codecList("jpeg,av1")).toThrow(/Of jpeg, gray8, h264, vp8/)
})
