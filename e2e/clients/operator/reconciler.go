package main

import (
	"context"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coreconfig "k8s.io/client-go/applyconfigurations/core/v1"
	metaconfig "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const finalizer = "sample.example.org/ledger"

// reconciler keeps an owned ConfigMap and a ledger (which no owner reference ties) for each Widget.
type reconciler struct {
	client.Client
	recorder events.EventRecorder
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var widget Widget
	if err := r.Get(ctx, request.NamespacedName, &widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !widget.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.finish(ctx, &widget)
	}
	if controllerutil.AddFinalizer(&widget, finalizer) {
		return ctrl.Result{}, r.Update(ctx, &widget)
	}
	data := map[string]string{"size": strconv.Itoa(int(widget.Spec.Size)), "colour": widget.Spec.Colour}
	owned := coreconfig.ConfigMap(widget.Name, widget.Namespace).WithData(data).
		WithOwnerReferences(metaconfig.OwnerReference().
			WithAPIVersion(current.String()).WithKind("Widget").WithName(widget.Name).WithUID(widget.UID).
			WithController(true).WithBlockOwnerDeletion(true))
	ledger := coreconfig.ConfigMap(widget.Name+"-ledger", widget.Namespace).WithData(data)
	for _, config := range []*coreconfig.ConfigMapApplyConfiguration{owned, ledger} {
		if err := r.Apply(ctx, config, client.FieldOwner("widgets"), client.ForceOwnership); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, r.report(ctx, &widget)
}

func (r *reconciler) report(ctx context.Context, widget *Widget) error {
	before := widget.DeepCopyObject().(*Widget)
	widget.Status.Ready = true
	changed := meta.SetStatusCondition(&widget.Status.Conditions, metav1.Condition{
		Type: "Ready", Status: metav1.ConditionTrue, Reason: "Applied", ObservedGeneration: widget.Generation,
		Message: "size " + strconv.Itoa(int(widget.Spec.Size)),
	})
	if !changed {
		return nil
	}
	r.recorder.Eventf(widget, nil, corev1.EventTypeNormal, "Applied", "Apply", "applied size %d", widget.Spec.Size)
	return r.Status().Patch(ctx, widget, client.MergeFrom(before))
}

func (r *reconciler) finish(ctx context.Context, widget *Widget) error {
	ledger := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: widget.Name + "-ledger", Namespace: widget.Namespace}}
	if err := client.IgnoreNotFound(r.Delete(ctx, ledger)); err != nil {
		return err
	}
	if controllerutil.RemoveFinalizer(widget, finalizer) {
		return client.IgnoreNotFound(r.Update(ctx, widget))
	}
	return nil
}
