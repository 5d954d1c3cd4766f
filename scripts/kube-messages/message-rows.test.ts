import { expect, test } from 'vitest';
import { goTypes } from './go-structs.ts';
import { mergeRows } from './merge-rows.ts';
import { messageRows } from './message-rows.ts';

const FILES: Readonly<Record<string, string>> = {
  'core.v1': `
import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)
type ResourceList map[ResourceName]resource.Quantity
type Phase string
type Pod struct {
	Spec PodSpec \`json:"spec,omitempty" protobuf:"bytes,2,opt,name=spec"\`
	metav1.ObjectMeta \`json:"metadata,omitempty" protobuf:"bytes,1,opt,name=metadata"\`
}
type PodSpec struct {
	Phase Phase \`json:"phase,omitempty" protobuf:"bytes,1,opt,name=phase,casttype=Phase"\`
	Requests ResourceList \`json:"requests,omitempty" protobuf:"bytes,2,rep,name=requests"\`
	Inline \`json:",inline" protobuf:"bytes,3,opt,name=inline"\`
	Grace *int64 \`json:"grace,omitempty" protobuf:"varint,4,opt,name=grace"\`
}
type Inline struct {
	Names []string \`json:"names" protobuf:"bytes,1,rep,name=names"\`
}
`,
  'meta.v1': `
type ObjectMeta struct {
	CreationTimestamp Time \`json:"creationTimestamp,omitempty" protobuf:"bytes,8,opt,name=creationTimestamp"\`
	ManagedFields []ManagedFieldsEntry \`json:"managedFields,omitempty" protobuf:"bytes,17,rep,name=managedFields"\`
}
`,
};
const packages = (name: string): ReturnType<typeof goTypes> => goTypes(FILES[name] ?? '');

test('a kind becomes rows, with everything that is in it', () => {
  expect(Object.fromEntries(messageRows(packages, ['core.v1.Pod', 'core.v1.NotYet']))).toEqual({
    'core.v1.Pod': ['1 metadata meta.v1.ObjectMeta', '2 spec core.v1.PodSpec'],
    'core.v1.PodSpec': ['1 phase string?', '2 requests {}Quantity', '3 . core.v1.Inline', '4 grace int'],
    'core.v1.Inline': ['1 names []string'],
    'meta.v1.ObjectMeta': ['8 creationTimestamp Time', '17 managedFields passed-by'],
  });
});

test('fields of older versions stay, and of one number with two meanings the newer is told', () => {
  const newer = new Map([['a.v1.A', ['1 x string', '3 z int']]]);
  const older = new Map([
    ['a.v1.A', ['1 x string?', '2 y bool']],
    ['a.v1.B', ['1 b string']],
  ]);
  const { rows, contradictions } = mergeRows([newer, older]);
  expect(Object.fromEntries(rows)).toEqual({
    'a.v1.A': ['1 x string', '2 y bool', '3 z int'],
    'a.v1.B': ['1 b string'],
  });
  expect(contradictions).toEqual(['a.v1.A: 1 x string?, now 1 x string']);
});
