import { expect, test } from 'vitest';
import { goTypes } from './go-structs.ts';

const SOURCE = `
import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type PodPhase string

type ResourceList map[ResourceName]resource.Quantity

// Volume is a volume.
type Volume struct {
	// name of the volume.
	Name string \`json:"name" protobuf:"bytes,1,opt,name=name"\`
	VolumeSource \`json:",inline" protobuf:"bytes,2,opt,name=volumeSource"\`
}

type Pod struct {
	metav1.TypeMeta \`json:",inline"\`
	metav1.ObjectMeta \`json:"metadata,omitempty" protobuf:"bytes,1,opt,name=metadata"\`
	Labels map[string]string \`json:"labels,omitempty" protobuf:"bytes,11,rep,name=labels"\`
	Grace *int64 \`json:"grace,omitempty" protobuf:"varint,4,opt,name=grace"\`
}
`;

test('fields, other names and imports of a Go file', () => {
  const { structs, aliases, imports } = goTypes(SOURCE);
  expect(structs.get('Volume')).toEqual([
    { number: 1, json: 'name', type: 'string', omitsEmpty: false },
    { number: 2, json: '', type: 'VolumeSource', omitsEmpty: false },
  ]);
  expect(structs.get('Pod')).toEqual([
    { number: 1, json: 'metadata', type: 'metav1.ObjectMeta', omitsEmpty: true },
    { number: 11, json: 'labels', type: 'map[string]string', omitsEmpty: true },
    { number: 4, json: 'grace', type: '*int64', omitsEmpty: true },
  ]);
  expect(Object.fromEntries(aliases)).toEqual({
    PodPhase: 'string',
    ResourceList: 'map[ResourceName]resource.Quantity',
  });
  expect(Object.fromEntries(imports)).toEqual({
    resource: 'k8s.io/apimachinery/pkg/api/resource',
    metav1: 'k8s.io/apimachinery/pkg/apis/meta/v1',
  });
});
