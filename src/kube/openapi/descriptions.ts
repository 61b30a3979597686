import { isJsonObject, type Json } from '../schema/schema.ts'

/** What every kind has, explained where its author did not. Clients look for how these begin. */
export const typeDescriptions: Readonly<Record<string, string>> = {
  apiVersion: 'APIVersion defines the group and version of the schema that this object follows.',
  kind: 'Kind names what this object is, within its group and version.',
}

export const METADATA_DESCRIPTION = "Standard object's metadata."

/** The fields of ObjectMeta. */
export const metadataDescriptions: Readonly<Record<string, string>> = {
  annotations: 'Annotations are texts by key that nobody selects by: for tools and people.',
  creationTimestamp: 'CreationTimestamp is a timestamp of the server, of when the object was created.',
  deletionGracePeriodSeconds: 'How many seconds the object may take to end once its deletion was asked for.',
  deletionTimestamp: 'DeletionTimestamp is the time at which the object is to be gone; set by a deletion.',
  finalizers: 'What has to be done before the object goes; each is removed by whoever did it.',
  generateName: 'GenerateName is the beginning of a name that the server completes.',
  generation: 'Counts the changes of what is wanted.',
  labels: 'Labels are texts by key that selectors find objects by.',
  managedFields: 'ManagedFields says who set which field; the server keeps it.',
  name: 'Name is unique for a kind within a namespace, and does not change.',
  namespace: 'Namespace is the space in which the name is unique.',
  ownerReferences: 'Objects that this one belongs to; it goes when all of them are gone.',
  resourceVersion: 'ResourceVersion names this state of the object, to be compared for equality only.',
  selfLink: 'No longer set.',
  uid: 'UID tells the object from all others that ever had its name.',
}

/** A schema whose properties say what they are where they do not yet. */
export function withDescriptions(node: Json, descriptions: Readonly<Record<string, string>>): Json {
  const properties = node['properties']
  if (!isJsonObject(properties)) return node
  const explained = Object.fromEntries(
    Object.entries(descriptions).flatMap(([key, description]) => {
      const field = properties[key]
      return isJsonObject(field) ? [[key, { description, ...field }] as const] : []
    }),
  )
  return { ...node, properties: { ...properties, ...explained } }
}
