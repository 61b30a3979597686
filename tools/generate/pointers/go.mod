module pointers

go 1.26

require (
	k8s.io/apiextensions-apiserver v0.36.2
	k8s.io/client-go v0.36.2
	k8s.io/kube-aggregator v0.36.2
)
