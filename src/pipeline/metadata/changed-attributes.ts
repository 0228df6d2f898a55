import { EMPTY, type Observable, of } from 'rxjs'
import type { SyncEvent } from '../events/events.js'
import { attributeChanges } from '../plan/attribute-rules.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { ObjectStore } from '../ports/object-store.js'
import type { ObjectHead } from '../ports/objects.js'
import { nameOf } from '../ports/relative-key.js'
import { delegate } from '../ports/wrap-store.js'
import { at, type ChangesOf, type Run } from '../run/run-context.js'

/**
 * The run as one pair sees it with `--set-header` and `--set-metadata`: its source shows each object as its copy should be. So copies,
 * comparisons and reports of losses all use the changed attributes. Backups are copied from the target, which is unchanged.
 */
export function withChangedAttributes(run: Run, pair: BucketPair): Run {
  const { plan, stores } = run
  const changes = holdsNone(run)
    ? undefined
    : attributeChanges(plan.metadataPolicy.attributes, plan.selection.ignoreCase === true)
  if (changes === undefined) return run
  const changesOf: ChangesOf = (key) => changes(nameOf(pair.source, key))
  return { ...run, changesOf, stores: { ...stores, source: changing(stores.source, changesOf) } }
}

/** The notice that the target is a directory, where `--set-header` and `--set-metadata` have no effect. */
export function changesUnused(run: Run): Observable<SyncEvent> {
  if (run.plan.metadataPolicy.attributes.length === 0 || !holdsNone(run)) return EMPTY
  const message = 'Files have no headers or metadata: --set-header and --set-metadata have no effect on a directory.'
  return of({ type: 'notice-given', ...at(run), code: 'AttributesUnused', message })
}

function holdsNone({ stores }: Run): boolean {
  return stores.target.files !== undefined
}

function changing(source: ObjectStore, changesOf: ChangesOf): ObjectStore {
  const same = delegate(source, (call) => call)
  const changed = <H extends ObjectHead>(key: string, head: H): H => {
    const change = changesOf(key)
    return change === undefined ? head : { ...head, attributes: change(head.attributes) }
  }
  return {
    ...same,
    head: async (request) => changed(request.key, await source.head(request)),
    get: async (request) => changed(request.key, await source.get(request)),
  }
}
