// The messages of etcd's API v3 (etcdserverpb/rpc.proto, mvccpb/kv.proto) that the store sends and reads.

const header = { clusterId: [1, 'int'], revision: [3, 'int'] } as const
const keyValue = {
  key: [1, 'bytes'],
  modRevision: [3, 'int'],
  version: [4, 'int'],
  value: [5, 'bytes'],
} as const

export const rangeRequest = {
  key: [1, 'bytes'],
  rangeEnd: [2, 'bytes'],
  limit: [3, 'int'],
  revision: [4, 'int'],
  countOnly: [9, 'bool'],
} as const
export const rangeResponse = {
  header: [1, header],
  kvs: [2, [keyValue]],
  more: [3, 'bool'],
} as const

const putRequest = { key: [1, 'bytes'], value: [2, 'bytes'], lease: [3, 'int'] } as const
const deleteRangeRequest = { key: [1, 'bytes'] } as const
const requestOp = {
  range: [1, rangeRequest],
  put: [2, putRequest],
  deleteRange: [3, deleteRangeRequest],
} as const
const responseOp = { range: [1, rangeResponse] } as const

/** What a comparison looks at; its result is always EQUAL (0) here. */
export const COMPARE_VERSION = 0
export const COMPARE_MOD_REVISION = 2
const compare = {
  target: [2, 'int'],
  key: [3, 'bytes'],
  version: [4, 'int'],
  modRevision: [6, 'int'],
} as const
export const txnRequest = {
  compare: [1, [compare]],
  success: [2, [requestOp]],
  failure: [3, [requestOp]],
} as const
export const txnResponse = {
  header: [1, header],
  succeeded: [2, 'bool'],
  responses: [3, [responseOp]],
} as const

export const compactionRequest = { revision: [1, 'int'] } as const
export const compactionResponse = { header: [1, header] } as const

export const leaseGrantRequest = { ttl: [1, 'int'], id: [2, 'int'] } as const
export const leaseGrantResponse = { id: [2, 'int'], ttl: [3, 'int'] } as const

const watchCreateRequest = {
  key: [1, 'bytes'],
  rangeEnd: [2, 'bytes'],
  startRevision: [3, 'int'],
  progressNotify: [4, 'bool'],
} as const
export const watchRequest = { create: [1, watchCreateRequest] } as const

/** The type of an event that deletes; the other is PUT (0). */
export const EVENT_DELETE = 1
const event = { type: [1, 'int'], kv: [2, keyValue] } as const
export const watchResponse = {
  header: [1, header],
  created: [3, 'bool'],
  canceled: [4, 'bool'],
  compactRevision: [5, 'int'],
  cancelReason: [6, 'text'],
  events: [11, [event]],
} as const
