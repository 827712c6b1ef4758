/** The design system's parts: buttons, fields, notices, dialogs, and the states that every page has. They know no data. */
import type { ComponentChildren } from "preact"
import { useEffect, useId, useRef, useState } from "preact/hooks"
import { chooseLanguage, type Language, language, words } from "./language.ts"
import { designTexts } from "./texts.ts"

interface ButtonProps {
  readonly children: ComponentChildren
  readonly onClick?: () => void
  readonly kind?: "primary" | "danger" | "plain"
  readonly type?: "button" | "submit"
  readonly disabled?: boolean
  /** Work is under way: the button waits and says so to screen readers. */
  readonly busy?: boolean
  readonly label?: string
}

export function Button({ children, onClick, kind, type = "button", disabled, busy, label }: ButtonProps) {
  return (
    <button
      type={type}
      class={`button ${kind ?? ""}`}
      disabled={disabled || busy}
      aria-busy={busy ? "true" : undefined}
      aria-label={label}
      onClick={onClick}
    >
      {children}
    </button>
  )
}

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly type?: "text" | "password" | "datetime-local" | "date"
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly autocomplete?: string
  readonly inputMode?: "numeric" | "text"
  readonly required?: boolean
  readonly autofocus?: boolean
  readonly placeholder?: string
}

export function Field({ label, value, onInput, type = "text", hint, error, autofocus, ...more }: FieldProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (autofocus) input.current?.focus()
  }, [autofocus])
  const said = [hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`].join(" ").trim()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...more}
        ref={input}
        id={id}
        class="input"
        type={type as "text"}
        value={value}
        aria-describedby={said === "" ? undefined : said}
        aria-invalid={error === undefined ? undefined : "true"}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint === undefined ? null : (
        <span class="soft small" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error === undefined ? null : (
        <span class="error" id={`${id}-error`}>
          {error}
        </span>
      )}
    </div>
  )
}

export function Panel({
  title,
  side,
  children
}: {
  title?: string
  side?: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <section class="panel stack">
      {title === undefined ? null : (
        <div class="row apart">
          <h2>{title}</h2>
          {side}
        </div>
      )}
      {children}
    </section>
  )
}

type NoticeKind = "danger" | "warning" | "good"

/** Said aloud to screen readers when it appears. */
export function Notice({ kind, children }: { kind?: NoticeKind; children: ComponentChildren }) {
  return (
    <div class={`notice ${kind ?? ""}`} role={kind === "danger" ? "alert" : "status"}>
      {children}
    </div>
  )
}

/** A question mark that says what a number does not mean. */
export function Help({ about, children }: { about: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false)
  const id = useId()
  return (
    <span class="help no-print">
      <button
        type="button"
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
        aria-label={`${words(designTexts).help}: ${about}`}
        aria-expanded={open ? "true" : "false"}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        onBlur={() => setOpen(false)}
      >
        ?
      </button>
      {open ? (
        <span role="note" id={id}>
          {children}
        </span>
      ) : null}
    </span>
  )
}

export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div class="stack tight" role="status">
      <span class="visually-hidden">{words(designTexts).loading}</span>
      {Array.from({ length: lines }, (_, index) => (
        // The lines are alike and never move.
        <div class="skeleton" key={index} />
      ))}
    </div>
  )
}

/** Nothing is there yet: what will be, and what to do. */
export function Blank({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="blank">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Something failed: why, and a way to try again. */
export function Failed({ why, retry }: { why: string; retry?: () => void }) {
  const texts = words(designTexts)
  return (
    <div class="notice danger stack tight" role="alert">
      <p>{why}</p>
      {retry === undefined ? null : (
        <div>
          <Button onClick={retry}>{texts.tryAgain}</Button>
        </div>
      )}
    </div>
  )
}

/** Said at the top while the browser or the server is away. Nothing on the page is lost. */
export function Offline() {
  return (
    <div class="notice warning no-print" role="status">
      {words(designTexts).offline}
    </div>
  )
}

interface SegmentedProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly text: string }[]
  readonly onChange: (value: Value) => void
}

export function Segmented<Value extends string>({ label, value, options, onChange }: SegmentedProps<Value>) {
  return (
    <fieldset class="segmented" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value ? "true" : "false"}
          onClick={() => onChange(option.value)}
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  )
}

const languages: SegmentedProps<Language>["options"] = [
  { value: "ru", text: "РУС" },
  { value: "en", text: "ENG" }
]

export function LanguageSwitch() {
  return <Segmented label="Язык · Language" value={language.value} options={languages} onChange={chooseLanguage} />
}

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Over the page; Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  const cancelled = (event: Event) => {
    event.preventDefault()
    onClose()
  }
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={cancelled}>
      <div class="stack">
        <div class="row apart">
          <h2 id={id}>{title}</h2>
          <Button kind="plain" onClick={onClose}>
            {words(designTexts).close}
          </Button>
        </div>
        {children}
      </div>
    </dialog>
  )
}
