// An operator's configuration of the built-in handlers: names for places, and what is allowed there.
// Owns: the form of that configuration. Does not own: reading it from a file, nor the secrets it names.
// A plan names a repository, a folder, a program; only this configuration defines what the name means.

import { CallbackId, Duration, PrincipalId, TenantId, normalForm } from "@counterfoil/contracts"
import { patternAnswer } from "@counterfoil/contracts/shape"
import { isAbsolute } from "node:path"
import { z } from "zod"
import { configuredName } from "./fields.ts"

const absolutePath = z
  .string()
  .max(4096)
  .refine((path) => isAbsolute(path) && !path.includes("\0"), "an absolute path")
const headerName = z
  .string()
  .max(80)
  .regex(/^[a-z][a-z0-9-]*$/)
const secretName = z
  .string()
  .max(120)
  .regex(/^[a-z][a-z0-9]*([-/._][a-z0-9]+)*$/)

const origin = z.string().refine((text) => isOrigin(text), "an origin such as https://api.example.com")

/** An origin that requests may go to. `loopback` opens 127.0.0.0/8 and ::1 for it, and nothing else. */
export const HttpHost = z.strictObject({
  origin,
  secrets: z.array(secretName).max(20).default([]),
  network: z.enum(["public", "loopback"]).default("public"),
})
export type HttpHost = z.infer<typeof HttpHost>

/** The address of a registered callback, and the principals that may name it. */
export const RegisteredCallback = z
  .strictObject({
    /** The callback reports only this tenant's executions. */
    tenant: TenantId,
    url: z
      .string()
      .max(2_048)
      .refine((text) => isReceiver(text), "an address such as https://agents.example.com/done"),
    /** Names of the secrets that sign: one, or two while one takes the place of the other. */
    secrets: z.array(secretName).min(1).max(2),
    network: HttpHost.shape.network,
    /** Everyone in the tenant where it is left out. */
    principals: z.array(PrincipalId).min(1).max(200).optional(),
  })
  .refine(
    ({ url, network }) => url.startsWith("https:") || network === "loopback",
    "without TLS on loopback only",
  )
export type RegisteredCallback = z.infer<typeof RegisteredCallback>

/** The expression that the whole value of a parameter has to match. */
export const wholeValue = (pattern: string): string => `^(?:${pattern})$`

// Its subjects come from plans, so it is tested by the bounded engine, which reads no back-references and no lookbehind.
const parameterPattern = z
  .string()
  .max(500)
  .refine(
    (pattern) => patternAnswer(wholeValue(pattern), "") !== "undecided",
    "a regular expression without back-references and lookbehind",
  )

/** Most callbacks of an installation: a sender has a few connections open for each. */
const callbacksMax = 50

/** Repositories, folders, origins, programs and callbacks by name. Every section may be absent: its handlers are then absent too. */
export const HandlerConfig = z.strictObject({
  git: z
    .strictObject({
      program: z.string().min(1).default("git"),
      author: z.strictObject({
        name: z
          .string()
          .min(1)
          .max(100)
          .regex(/^[^<>\n\0]+$/),
        email: z
          .string()
          .min(3)
          .max(200)
          .regex(/^[^<>\s]+$/),
      }),
      repositories: z.record(
        configuredName,
        z.strictObject({
          path: absolutePath,
          branch: z
            .string()
            .max(200)
            .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/),
        }),
      ),
    })
    .optional(),
  fs: z
    .strictObject({
      roots: z.record(
        configuredName,
        z.strictObject({ path: absolutePath, writable: z.boolean().default(false) }),
      ),
    })
    .optional(),
  http: z
    .strictObject({
      hosts: z.array(HttpHost).max(200),
      /** The origins that honour an idempotency key, in which header, and for how long. Each is also listed in `hosts`. */
      keyed: z
        .strictObject({ origins: z.array(origin).min(1), header: headerName, window: Duration })
        .optional(),
    })
    .optional(),
  process: z
    .strictObject({
      commands: z.record(
        configuredName,
        z.strictObject({
          program: absolutePath,
          /** One entry an argument; `{name}` is replaced by a parameter. */
          args: z.array(z.string().max(1000)).max(100),
          /** Parameters by name, each with the pattern that its whole value has to match. */
          parameters: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), parameterPattern).default({}),
          cwd: absolutePath,
          /**
           * Files and folders that the program acts on beside itself and the files in its arguments; paths from `cwd`. A run is bound
           * to them as they were when it was approved. Default: every folder that agents can write and that it runs in.
           */
          reads: z
            .array(
              z
                .string()
                .min(1)
                .max(1000)
                .refine((path) => !path.includes("\0"), "a path"),
            )
            .max(100)
            .optional(),
          /** Exit codes with which the program reports that it did nothing. */
          refusals: z.array(z.int().min(1).max(255)).default([]),
        }),
      ),
    })
    .optional(),
  /** Receivers of the news that an execution ended; an intent names one by its name here. */
  callbacks: z
    .record(CallbackId, RegisteredCallback)
    .refine((all) => Object.keys(all).length <= callbacksMax, `at most ${callbacksMax} callbacks`)
    .optional(),
})
export type HandlerConfig = z.infer<typeof HandlerConfig>
export type GitConfig = NonNullable<HandlerConfig["git"]>
export type FsConfig = NonNullable<HandlerConfig["fs"]>
export type HttpConfig = NonNullable<HandlerConfig["http"]>
export type CallbackConfig = NonNullable<HandlerConfig["callbacks"]>
export type ProcessConfig = NonNullable<HandlerConfig["process"]>

/** The value of a secret by its name, read when it is needed and never kept; `undefined` when there is none. */
export type SecretReader = (name: string) => Promise<string | undefined>

// In the normal form of requests, with which it is compared: any other form would never match.
function isOrigin(text: string): boolean {
  const normal = normalForm("url", `${text}/`)
  return normal.ok && normal.value === `${text}/` && URL.parse(text)?.origin === text
}

function isReceiver(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null
  return (
    url !== null &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    url.username === "" &&
    url.password === "" &&
    url.hash === ""
  )
}
