// The release that all examples of the control plane are taken from: an agent asks for a tag, two people approve it, it is there.
// Owns: its ids, times and digests, so that every page describes the same execution. Does not own: an example (event-examples.ts,
// answer-examples.ts, and the inputs in each contract's own file).

/** The participants and the results. */
export const sampleIds = {
  execution: "exe_01m7zhdyc4et58cgactb1eqqhy",
  intent: "int_01m7zhdyc4et58cgactb1eqqhy",
  approval: "apr_01m7zhdyc4dy4t9thmrds3tkx8",
  reviews: ["rev_01m7zhckybv343xen711q39vn0", "rev_01m7zhcm2bv343xen711q39vn1"],
  plan: "pln_4gfxxc4t6n4vmwpy26zekt85vr",
  step: "stp_1m15qq9s9db0cx4cc0fxqgzh42",
  rollout: "exe_01m7zhe1fqt58cgactb1eqqhy1",
  grant: "grn_1qwvzmd5e3k5sk2z92f8cxjrkt",
  agent: "agt_6hawyczfkbnqcn3s66twscat9x",
  owner: "hum_01m7zhcd7tvw4bnbg1zhy30j3w",
  reviewer: "hum_7h73d3bw81jzsje4dw19rnp1e9",
} as const

/** When what happened. */
export const sampleTimes = {
  requested: "2026-11-21T17:10:58.180Z",
  reviewed: "2026-11-21T17:11:58.180Z",
  ended: "2026-11-21T17:12:03.294Z",
  expires: "2026-11-21T21:10:58.180Z",
} as const

/** One digest for each thing that has one. */
export const sampleDigests = {
  plan: "sha256:dedb5affd4566af5d1398b19a41eb02a28e16acd6d68f3cc7d6eb78ff4485d33",
  draft: "sha256:3970963e4dad2a16b1fa2e75d63623e225a19389a7996533b1ee9a3653cf473c",
  input: "sha256:cf902c9e3a8ab16e678a3f7651efd0b3e0d3d97cb5f4a74c9817708074ab0151",
  output: "sha256:9770452a4befcc4ee68e1b077cbfdcababe2c010875864f01377ee36b7d195a6",
  approval: "sha256:837c9673067e65832236536139fbbb8b1679dfc4a669d7b724fe1fce2c72c39f",
  preview: "sha256:3bfcb1bbd936f9ccc6b92d75206cc244ab3669d42594f166eba56c169ee32a92",
  contract: "sha256:4bfec12e8af35e5e45520fdf7b92438ab588aed6af3a5b7d2bbb6ed6545e13f9",
  verdict: "sha256:67a84cc0c238fe1f2bb7925c7a18434a12bc9ad1bfcb6a3ef339146ea2bdbe49",
  slice: "sha256:f7c0a81d5e37d8a48e19bf5d938c9fdefc751056455d2a58fb524dfa25eb2c0d",
  policySet: "sha256:5be4d640471400a1944199b92809f4839204de97c2f568a83e2f007ffea0752b",
  schema: "sha256:e7d7ddbeb66986caa7e6644b041ef4f8c059498805876543f665298fc16d4526",
  modeMap: "sha256:cf4b65d10957b8605fd631e00218e4c0e7e1cc1bf8586c1f25019b55e6773eaa",
  request: "sha256:a3e99a05b18878a6928ead77c5e49fcbf9828e9a06593d5f2b1e34aeb4634ed3",
  engine: "sha256:013720dd7536ed93c2cd0c9a9cf065cd207906a7f4460762b2b33257d433e9fb",
  registry: "sha256:0c5afcece2300b3263e24ff143e2b9b8ab0c4c5b1f932a251e607134edf17bef",
  key: "sha256:aabd9339e4834630b240a61b8da61fd7bc2825fdf16666041a5855e4a6aba163",
  bundle: "sha256:1b9065c152f4cf1fbc3aaec6bd3e1b6193152ac107ac366bc134513435f504b6",
  lockBefore: "sha256:2f1c0c3a54b1c1c7a2b9a95b8a3d0c7b6b1f6f1b9b0f8f3f6e7a6c9d0e1f2a3b",
  lockAfter: "sha256:9a8b7c6d5e4f30214253647586978a9bacbdcedfe0f1021324354657687980ab",
  document: "sha256:593d68a4c5f1c4cb2e2434f91cff938c7ae1ba3c390d2e7091a960c96df27615",
  bulk: "sha256:c8e098d11e35fb68f2e1d27cc8fb85d4a4511e73726612934b72f5ecdd27be44",
  entry: "sha256:9dfcd4e0efa69845c723c998208fb85656513e1000fe9c756c8f93b2f32e210b",
  head: "sha256:3b7ffb1d7ce138708c696cee797ecd061735ab6f122ef85266855a5761bb7020",
  kind: "sha256:a988e5d02d1966a097cf9af559b57627cca738667c79edd5070dee8fb6acd7dd",
  payload: "sha256:4d1730177751cfaf0340623bd8ea6a70ce4867896cfdfc72b2bbe005e1bb193d",
  previous: "sha256:789f25706ee4f09e9a61ef761fdd3afb3f7b3a1a6be6beb698f57ff56bdc01e3",
  intent: "sha256:21bd8dcc9972865837d4b9cecbb66ab008f9edf2bb2f2dbfcbbfb974f50055b3",
} as const

/** What the agent asks for, and what the handler answers. */
export const sampleTag = {
  contract: { ref: "git.tag.create@1", version: "1.0.0", digest: sampleDigests.contract },
  input: {
    repository: "website",
    tag: "v1.3.0",
    commit: "0123456789abcdef0123456789abcdef01234567",
    message: "Notes\n",
  },
  output: {
    tag: "v1.3.0",
    commit: "0123456789abcdef0123456789abcdef01234567",
    tagObject: "89abcdef0123456789abcdef0123456789abcdef",
  },
} as const
