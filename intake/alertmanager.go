package intake

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/incidentkit/incidentkit/incident"
)

// Source is the Alert.Source of alerts from Alertmanager.
const Source = "alertmanager"

// Limits on what one alert is made of, in bytes.
const (
	maxSummary     = 400
	maxDescription = 16 << 10
	maxFingerprint = 200
	maxShared      = 16 << 20 // what all alerts of a body may take over from it together
)

// ParseAlertmanager reads the body of an Alertmanager webhook: version 4, and
// bodies in the shape of version 3, which lack the group key and fingerprints.
// Anything else is a *BodyError; members it does not know are ignored.
//
// All alerts of a body share a DedupKey made of the group key, so that a group
// is one incident whichever Alertmanager of a cluster sends it. Without a group
// key, the receiver and the group's labels take its place; without these too,
// each alert is on its own. The URL of the Alertmanager has no part in it,
// since the members of a cluster have one each.
//
// An alert's Fingerprint is its own, or made of its labels. Its Status is its
// own, or the group's. Annotations become Summary and Description; none is
// lost, and the same in the group stand in where an alert lacks one. Times are
// in UTC; a firing alert has no EndsAt.
func ParseAlertmanager(body []byte) ([]incident.Alert, error) {
	root, err := decode(body)
	if err != nil {
		return nil, err
	}
	g, err := readGroup(root)
	if err != nil {
		return nil, err
	}
	elements, err := root.member("alerts").elements()
	if err != nil {
		return nil, err
	}
	switch n := len(elements); {
	case n == 0:
		return nil, &BodyError{Path: "alerts", Want: "at least one alert"}
	case n > incident.MaxAlerts:
		return nil, &BodyError{Path: "alerts", Want: fmt.Sprintf("at most %d alerts, not %d", incident.MaxAlerts, n)}
	case g.sharedSize() > maxShared/n:
		// A small body must not grow into gigabytes of alerts.
		return nil, &BodyError{Path: "commonLabels", Want: fmt.Sprintf("fewer or shorter, with commonAnnotations, for %d alerts to share", n)}
	}
	alerts := make([]incident.Alert, len(elements))
	for i, n := range elements {
		if alerts[i], err = g.alert(n); err != nil {
			return nil, err
		}
	}
	return alerts, nil
}

// group is what the alerts of a body have in common.
type group struct {
	key         string
	receiver    string
	status      incident.AlertStatus // empty: not said
	externalURL string
	truncated   uint64 // alerts left out by the sender

	labels            map[string]string // that the group is formed by
	commonLabels      map[string]string
	commonAnnotations map[string]string
}

func readGroup(n node) (group, error) {
	var r reader
	g := group{
		key:               r.text(n.member("groupKey")),
		receiver:          r.text(n.member("receiver")),
		status:            r.status(n.member("status")),
		externalURL:       r.text(n.member("externalURL")),
		truncated:         r.count(n.member("truncatedAlerts")),
		labels:            r.texts(n.member("groupLabels")),
		commonLabels:      r.texts(n.member("commonLabels")),
		commonAnnotations: r.texts(n.member("commonAnnotations")),
	}
	return g, r.err
}

func (g group) sharedSize() int {
	size := 0
	for _, m := range []map[string]string{g.commonLabels, g.commonAnnotations} {
		for name, value := range m {
			size += len(name) + len(value)
		}
	}
	return size
}

// alert reads one alert of the group.
func (g group) alert(n node) (incident.Alert, error) {
	if err := n.object(); err != nil {
		return incident.Alert{}, err
	}
	var (
		r            reader
		labels       = r.texts(n.member("labels"))
		annotations  = r.texts(n.member("annotations"))
		generatorURL = r.text(n.member("generatorURL"))
	)
	a := incident.Alert{
		Source:      Source,
		Fingerprint: fingerprint(r.text(n.member("fingerprint")), labels),
		Status:      cmp.Or(r.status(n.member("status")), g.status),
		StartsAt:    r.instant(n.member("startsAt")),
		EndsAt:      r.instant(n.member("endsAt")),
	}
	if r.err != nil {
		return incident.Alert{}, r.err
	}
	if a.Status == "" {
		return incident.Alert{}, n.member("status").want("firing or resolved", "nothing")
	}
	if a.Status == incident.Firing {
		a.EndsAt = time.Time{} // some senders put here when they will give up on it
	}
	a.DedupKey = g.dedupKey(a.Fingerprint)
	// The fingerprint is made of the alert's own labels: what a group has in
	// common changes as alerts come and go.
	a.Labels = merge(g.commonLabels, labels)
	annotations = merge(g.commonAnnotations, annotations)
	a.Summary = summary(annotations, a.Labels)
	a.URL = link(generatorURL)
	if a.URL == "" {
		a.URL = link(g.externalURL)
	}
	a.Description = g.describe(annotations)
	if wrong, ok := errors.AsType[*incident.FieldError](a.Validate()); ok {
		return incident.Alert{}, &BodyError{Path: n.path, Want: wrong.Want} // it is too large
	}
	return a, nil
}

// dedupKey names the incident that the group's alerts belong to.
func (g group) dedupKey(fingerprint string) string {
	id := g.key
	if id == "" && (g.receiver != "" || len(g.labels) > 0) {
		id = strconv.Quote(g.receiver) + ":" + canonical(g.labels)
	}
	if id == "" {
		id = "alert:" + fingerprint // too many incidents rather than all in one
	}
	if key := Source + ":" + id; len(key) <= incident.MaxDedupKey && !strings.ContainsFunc(key, unicode.IsControl) {
		return key
	}
	return Source + "-sha256:" + hash(id) // another prefix, so that no group key can look like a hash
}

// fingerprint identifies an alert within its group.
func fingerprint(own string, labels map[string]string) string {
	switch {
	case own != "" && len(own) <= maxFingerprint:
		return own
	case own != "":
		return "sha256:" + hash(own)
	case len(labels) > 0:
		return "labels:" + hash(canonical(labels))
	}
	return ""
}

// canonical writes labels such that equal ones, and only those, read the same.
func canonical(labels map[string]string) string {
	parts := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, strconv.Quote(name)+"="+strconv.Quote(labels[name]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

// merge returns a new map in which an alert's own entries come before those it
// shares with its group.
func merge(common, own map[string]string) map[string]string {
	if len(common)+len(own) == 0 {
		return nil
	}
	all := make(map[string]string, len(common)+len(own))
	maps.Copy(all, common)
	maps.Copy(all, own)
	return all
}
