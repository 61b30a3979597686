import { resolve } from 'node:path'
import { CliError, type Command, USAGE_EXIT } from '../../kernel/command.ts'
import { structured } from '../../kernel/structured-output.ts'
import { buildImage } from './image/build.ts'
import { explained, layoutOf } from './image/command-context.ts'
import type { Manifest } from './image/layout.ts'
import { parseReference, referenceName } from './image/reference.ts'
import { importArchive, pull } from './image/transfer-commands.ts'

const build: Command = {
  path: ['image', 'build'],
  summary: 'Pack a directory into an image that pods can use, without a daemon',
  usage: 'DIR -t NAME[:TAG]',
  flags: {
    tag: { short: 't', value: 'NAME[:TAG]', summary: 'The name that manifests give as image' },
    entrypoint: { value: 'COMMAND', summary: 'Words, or a JSON array; default: from package.json' },
    cmd: { value: 'ARGUMENTS', summary: "Default arguments, which a container's args replace" },
    env: { value: 'NAME=VALUE', many: true, summary: 'A variable of the environment' },
    workdir: { value: 'PATH', default: '/app', summary: 'Where the files lie and the process starts' },
  },
  examples: ['drave image build . -t web:1.0', 'drave image build ./api -t api --entrypoint "node main.js"'],
  run: context =>
    explained(async () => {
      const [directory, extra] = context.args
      const name = context.flag('tag')
      if (!directory || extra !== undefined)
        throw new CliError('name one directory to pack', {
          hint: 'drave image build DIR -t NAME',
          exitCode: USAGE_EXIT,
        })
      if (!name)
        throw new CliError('name the image with -t NAME', {
          hint: `drave image build ${directory} -t NAME`,
          exitCode: USAGE_EXIT,
        })
      const built = await buildImage({
        directory: resolve(directory),
        name,
        layout: layoutOf(context),
        entrypoint: words('entrypoint', context.flag('entrypoint')),
        cmd: words('cmd', context.flag('cmd')),
        env: context.isSet('env') ? context.flags('env') : undefined,
        workdir: context.flag('workdir'),
      })
      context.note(`${built.name}: ${built.files} files, ${built.sizeBytes} bytes`)
      context.print(context.output === 'text' ? built.digest : structured(context.output, built))
    }),
}

const list: Command = {
  path: ['image', 'list'],
  summary: 'List the images of this data directory',
  examples: ['drave image list'],
  run: context =>
    explained(async () => {
      const layout = layoutOf(context)
      const images = []
      for (const { name, descriptor } of layout.images()) {
        // An index lists variants rather than layers.
        const { layers = [] } = await layout.readJson<Partial<Manifest>>(descriptor)
        images.push({
          name,
          digest: descriptor.digest,
          sizeBytes: layers.reduce((sum, layer) => sum + layer.size, 0),
        })
      }
      if (context.output !== 'text') context.print(structured(context.output, images))
      else if (images.length === 0) context.note('no images; build one with `drave image build DIR -t NAME`')
      else {
        const width = Math.max('NAME'.length, ...images.map(({ name }) => name.length))
        context.print(`${'NAME'.padEnd(width)}  ${'DIGEST'.padEnd(19)}  SIZE`)
        for (const { name, digest, sizeBytes } of images)
          context.print(`${name.padEnd(width)}  ${digest.slice(0, 19)}  ${sizeBytes}`)
      }
    }),
}

const remove: Command = {
  path: ['image', 'remove'],
  summary: 'Remove the name of an image; running containers are not touched',
  usage: 'NAME[:TAG]…',
  examples: ['drave image remove web:1.0'],
  run: context =>
    explained(async () => {
      const layout = layoutOf(context)
      for (const text of context.args) {
        const name = referenceName(parseReference(text))
        if (!layout.remove(name))
          throw new CliError(`there is no image "${name}"`, { hint: 'see `drave image list`' })
        context.print(`removed ${name}`)
      }
      if (context.args.length === 0)
        throw new CliError('name an image', { hint: 'see `drave image list`', exitCode: USAGE_EXIT })
    }),
}

/** The short name that Docker has made known. */
const rm: Command = { ...remove, path: ['image', 'rm'], examples: ['drave image rm web:1.0'] }

export const commands: readonly Command[] = [build, list, pull, importArchive, remove, rm]

/** `node server.js` or `["node", "server.js"]`. */
function words(flag: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined
  if (!text.trim().startsWith('[')) return text.trim().split(/\s+/)
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value) && value.every(word => typeof word === 'string')) return value
  } catch {
    // Said below.
  }
  throw new CliError(`--${flag} ${text} is not a JSON array of words`, { exitCode: USAGE_EXIT })
}
