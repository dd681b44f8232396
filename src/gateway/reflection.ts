/**
 * The door to @grpc/reflection: v1 and v1alpha, from the descriptors that `npm run proto` writes
 * beside the generated code, comments included.
 *
 * The library asks for a package that proto-loader made, but of it reads only the bytes of the
 * file descriptors; those are given as they are. It drops custom options, so `describe` shows
 * neither rules nor roles.
 */
import { readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ReflectionService } from '@grpc/reflection';

type Package = ConstructorParameters<typeof ReflectionService>[0];

const DESCRIPTORS = new URL('../gen/descriptors.binpb', import.meta.url);

export function createReflection(services: readonly string[]): ReflectionService {
  const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(DESCRIPTORS));
  const fileDescriptorProtos = file.map((it) => toBinary(FileDescriptorProtoSchema, it));
  // See the head: of all that the type asks for, only this is read.
  const loaded = { furlong: { fileDescriptorProtos } } as unknown as Package;
  return new ReflectionService(loaded, { services: [...services] });
}
