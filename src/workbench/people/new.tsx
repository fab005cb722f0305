/** A new reader study: rubric, texts and readers; the server draws sides and order from the seed. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call, get, session } from "../api/client.ts";
import type { StudyRow } from "../api/types.ts";
import { addressOf, go } from "../app/router.ts";
import { Callout } from "../controls/callout.tsx";
import { tell } from "../controls/toasts.tsx";
import { words } from "../words/en.ts";
import "./people.css";

interface Rubric {
  readonly name: string;
  readonly title: string;
  readonly shape: string;
  readonly axes: number;
}

interface Person {
  readonly id: string;
  readonly name: string;
}

const sources = ["draft", "report"] as const;

export default function NewPeopleScreen() {
  const text = words.people;
  const rubrics = useSignal<readonly Rubric[]>([]);
  const people = useSignal<readonly Person[]>([]);
  const studies = useSignal<readonly StudyRow[]>([]);
  const problem = useSignal<string | undefined>(undefined);
  const link = useSignal<string | undefined>(undefined);
  const colleague = useSignal("");
  const form = useSignal({
    name: "",
    rubric: "cxr-preference",
    design: "texts" as "texts" | "crossover",
    washoutDays: 28,
    a: "draft" as (typeof sources)[number],
    b: "report" as (typeof sources)[number],
    seed: Math.floor(Math.random() * 1e6),
    studies: new Set<string>(),
    raters: new Set<string>(session.peek() ? [session.peek()!.person] : []),
  });
  const set = (change: Partial<typeof form.value>) => {
    form.value = { ...form.peek(), ...change };
  };
  useEffect(() => {
    Promise.all([
      get<{ rubrics: readonly Rubric[] }>("/api/rubrics"),
      get<{ people: readonly Person[] }>("/api/people"),
      get<{ studies: readonly StudyRow[] }>("/api/studies?limit=200"),
    ]).then(
      ([r, p, s]) => {
        rubrics.value = r.rubrics;
        people.value = p.people;
        studies.value = s.studies.filter(({ report }) => report !== null);
        set({ studies: new Set(studies.value.map(({ id }) => id)) });
      },
      (error: Error) => {
        problem.value = error.message;
      },
    );
  }, []);
  const toggle = (set: ReadonlySet<string>, id: string) => {
    const next = new Set(set);
    if (!next.delete(id)) next.add(id);
    return next;
  };
  const addColleague = async () => {
    try {
      const { data } = await call<Person & { login: string }>("/api/people", {
        method: "POST",
        body: { name: colleague.value, scopes: ["read", "answer", "review", "sign"] },
      });
      people.value = [...people.peek(), { id: data.id, name: data.name }];
      set({ raters: new Set([...form.peek().raters, data.id]) });
      link.value = new URL(data.login, location.href).href;
      colleague.value = "";
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  const newLink = async (id: string) => {
    try {
      const { data } = await call<{ login: string }>(`/api/people/${id}/login`, { method: "POST" });
      link.value = new URL(data.login, location.href).href;
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  const create = async () => {
    problem.value = undefined;
    const { studies: chosen, raters, design, washoutDays, ...rest } = form.value;
    try {
      const { data } = await call<{ id: string; items: number; leftOut: readonly { reason: string }[] }>(
        "/api/comparisons",
        {
          method: "POST",
          body: {
            ...rest,
            studies: [...chosen],
            raters: [...raters],
            ...(design === "crossover" && { crossover: { washoutDays } }),
          },
        },
      );
      tell(text.made(data.items, data.leftOut.length));
      go({ screen: "people" });
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  const { name, rubric, a, b, seed, design, washoutDays } = form.value;
  const crossing = design === "crossover";
  const pairwise = rubrics.value.find((one) => one.name === rubric)?.shape === "pairwise";
  return (
    <div class="screen">
      <form
        class="page narrow-page stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <h1>{text.create}</h1>
        {problem.value && <Callout kind="danger">{problem.value}</Callout>}
        <label class="label">
          {text.name}
          <input
            class="field"
            required
            placeholder={text.nameExample}
            value={name}
            onInput={(event) => set({ name: event.currentTarget.value })}
          />
        </label>
        <label class="label">
          {text.design}
          <select
            class="field"
            value={design}
            onChange={(event) => {
              const chosen = event.currentTarget.value as typeof design;
              set({ design: chosen, rubric: chosen === "crossover" ? "cxr-reading" : "cxr-preference" });
            }}
          >
            <option value="texts">{text.designs.texts}</option>
            <option value="crossover">{text.designs.crossover}</option>
          </select>
        </label>
        {crossing && <p class="small soft">{text.crossoverLead}</p>}
        <label class="label">
          {text.rubric}
          <select class="field" value={rubric} onChange={(event) => set({ rubric: event.currentTarget.value })}>
            {rubrics.value
              .filter(({ shape }) => !crossing || shape === "independent")
              .map((one) => (
                <option key={one.name} value={one.name}>
                  {text.rubricOf(one.title, one.axes)}
                </option>
              ))}
          </select>
        </label>
        <div class="row two">
          {(crossing ? (["a"] as const) : (["a", "b"] as const)).map((side) => (
            <label key={side} class="label grow">
              {crossing ? text.aid : side === "a" ? text.a : text.b}
              <select
                class="field"
                value={side === "a" ? a : b}
                onChange={(event) => set({ [side]: event.currentTarget.value })}
              >
                {sources.map((source) => (
                  <option key={source} value={source}>
                    {text.sourceNames[source]}
                  </option>
                ))}
              </select>
            </label>
          ))}
          {crossing && (
            <label class="label">
              {text.washout}
              <input
                class="field"
                type="number"
                min={0}
                max={3650}
                value={washoutDays}
                onInput={(event) => set({ washoutDays: Number(event.currentTarget.value) })}
              />
            </label>
          )}
          <label class="label">
            {text.seed}
            <input
              class="field"
              type="number"
              min={0}
              max={2147483647}
              value={seed}
              onInput={(event) => set({ seed: Number(event.currentTarget.value) })}
            />
          </label>
        </div>
        {pairwise && !crossing && a === b && <p class="small caution-text">{text.sameSource}</p>}
        <fieldset class="choose">
          <legend class="small soft">{text.studies}</legend>
          {studies.value.length === 0 && <p class="small soft">{text.noStudies}</p>}
          {studies.value.map((study) => (
            <label key={study.id} class="row small">
              <input
                type="checkbox"
                checked={form.value.studies.has(study.id)}
                onChange={() => set({ studies: toggle(form.peek().studies, study.id) })}
              />
              <span class="grow cut">{study.label}</span>
              <span class="chip">{words.studies.states[study.report ?? ""]}</span>
            </label>
          ))}
        </fieldset>
        <fieldset class="choose">
          <legend class="small soft">{text.raters}</legend>
          {people.value.map((person) => (
            <label key={person.id} class="row small">
              <input
                type="checkbox"
                checked={form.value.raters.has(person.id)}
                onChange={() => set({ raters: toggle(form.peek().raters, person.id) })}
              />
              <span class="grow">{person.name}</span>
              {session.value?.scopes.includes("admin") && (
                <button type="button" class="button quiet mini" onClick={() => newLink(person.id)}>
                  {text.newLink}
                </button>
              )}
            </label>
          ))}
          {session.value?.scopes.includes("admin") && (
            <div class="row">
              <input
                class="field grow"
                aria-label={text.colleague}
                placeholder={text.colleague}
                value={colleague.value}
                onInput={(event) => {
                  colleague.value = event.currentTarget.value;
                }}
              />
              <button type="button" class="button" disabled={colleague.value.trim() === ""} onClick={addColleague}>
                {text.addColleague}
              </button>
            </div>
          )}
          {link.value && (
            <p class="small" role="status" ref={(element) => element?.scrollIntoView({ block: "nearest" })}>
              {text.loginLink}
              <br />
              <span class="mono login-link">{link.value}</span>
            </p>
          )}
        </fieldset>
        <div class="dialog-foot">
          <a class="button" href={addressOf({ screen: "people" })}>
            {words.cancel}
          </a>
          <button
            type="submit"
            class="button primary"
            disabled={name.trim() === "" || form.value.studies.size === 0 || form.value.raters.size === 0}
          >
            {text.start}
          </button>
        </div>
      </form>
    </div>
  );
}
