package webhook

import (
	"fmt"
	"net/netip"
	"syscall"
)

// AddressError is an address that [PublicOnly] does not let a request go to.
type AddressError struct {
	Address string
}

// Error implements error.
func (e *AddressError) Error() string {
	return fmt.Sprintf("webhook: %s is not a public address", e.Address)
}

// PublicOnly refuses connections to addresses that are not on the public
// Internet, with an *AddressError. It is for net.Dialer's Control field, which
// sees the address after the name was looked up, so that no name can get
// around it. A transport that uses a proxy leaves the look-up to the proxy;
// then the proxy has to do this.
func PublicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(ap.Addr().Unmap()) {
		return &AddressError{Address: address}
	}
	return nil
}

// notPublic holds the special-purpose blocks (IANA registries, RFC 6890) that
// netip has no method for, among them those that carry an IPv4 address inside
// an IPv6 one.
var notPublic = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
}

func isPublic(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
