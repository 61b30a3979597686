package main

import (
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/conversion"
)

var (
	group    = "sample.example.org"
	current  = schema.GroupVersion{Group: group, Version: "v1"}
	outdated = schema.GroupVersion{Group: group, Version: "v1alpha1"}
)

// Widget is the stored version, and the hub of conversion.
type Widget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              WidgetSpec   `json:"spec"`
	Status            WidgetStatus `json:"status,omitempty"`
}

type WidgetSpec struct {
	Size   int32  `json:"size"`
	Colour string `json:"colour,omitempty"`
}

type WidgetStatus struct {
	Ready      bool               `json:"ready,omitempty"`
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

type WidgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Widget `json:"items"`
}

// OldWidget is v1alpha1: its size was text.
type OldWidget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              OldWidgetSpec `json:"spec"`
	Status            WidgetStatus  `json:"status,omitempty"`
}

type OldWidgetSpec struct {
	Dimension string `json:"dimension"`
	Colour    string `json:"colour,omitempty"`
}

func (*Widget) Hub() {}

func (old *OldWidget) ConvertTo(hub conversion.Hub) error {
	size, err := strconv.Atoi(old.Spec.Dimension)
	if err != nil {
		return fmt.Errorf("spec.dimension: %w", err)
	}
	widget := hub.(*Widget)
	old.ObjectMeta.DeepCopyInto(&widget.ObjectMeta)
	widget.Spec = WidgetSpec{Size: int32(size), Colour: old.Spec.Colour}
	old.Status.deepCopyInto(&widget.Status)
	return nil
}

func (old *OldWidget) ConvertFrom(hub conversion.Hub) error {
	widget := hub.(*Widget)
	widget.ObjectMeta.DeepCopyInto(&old.ObjectMeta)
	old.Spec = OldWidgetSpec{Dimension: strconv.Itoa(int(widget.Spec.Size)), Colour: widget.Spec.Colour}
	widget.Status.deepCopyInto(&old.Status)
	return nil
}

func (status *WidgetStatus) deepCopyInto(to *WidgetStatus) {
	*to = *status
	to.Conditions = append([]metav1.Condition(nil), status.Conditions...)
}

func (widget *Widget) DeepCopyObject() runtime.Object {
	to := &Widget{TypeMeta: widget.TypeMeta, Spec: widget.Spec}
	widget.ObjectMeta.DeepCopyInto(&to.ObjectMeta)
	widget.Status.deepCopyInto(&to.Status)
	return to
}

func (old *OldWidget) DeepCopyObject() runtime.Object {
	to := &OldWidget{TypeMeta: old.TypeMeta, Spec: old.Spec}
	old.ObjectMeta.DeepCopyInto(&to.ObjectMeta)
	old.Status.deepCopyInto(&to.Status)
	return to
}

func (list *WidgetList) DeepCopyObject() runtime.Object {
	to := &WidgetList{TypeMeta: list.TypeMeta}
	list.ListMeta.DeepCopyInto(&to.ListMeta)
	for _, item := range list.Items {
		to.Items = append(to.Items, *item.DeepCopyObject().(*Widget))
	}
	return to
}

func addTypes(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(current, &Widget{}, &WidgetList{})
	scheme.AddKnownTypeWithName(outdated.WithKind("Widget"), &OldWidget{})
	metav1.AddToGroupVersion(scheme, current)
	metav1.AddToGroupVersion(scheme, outdated)
}
