package oncall

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Balance is how evenly something is shared by people. Amounts of time are in
// hours.
type Balance struct {
	Of string // what is shared, such as "night hours"

	Sum, Mean, Min, Max float64 // 0 where there is nobody
	Spread              float64 // from the least to the most

	Shares []Share // one for each person, in the order they came in
}

// Share is one person's part of a whole.
type Share struct {
	Person    string
	Amount    float64
	Deviation float64 // from the mean: more than that where positive
	Part      float64 // of the sum, from 0 to 1; 0 where that is 0
}

// Fairness returns how evenly people shared a period: hours in total, at night,
// on weekends and on holidays, hours active, and pages. Whoever did nothing counts
// like everybody else.
func Fairness(loads []Load) []Balance {
	return []Balance{
		BalanceOf("hours on call", loads, func(l Load) float64 { return l.OnCall.Total().Hours() }),
		BalanceOf("night hours", loads, func(l Load) float64 { return l.OnCall.Night().Hours() }),
		BalanceOf("weekend hours", loads, func(l Load) float64 { return l.OnCall.Weekend.Total().Hours() }),
		BalanceOf("holiday hours", loads, func(l Load) float64 { return l.OnCall.Holiday.Total().Hours() }),
		BalanceOf("active hours", loads, func(l Load) float64 { return l.Active.Total().Hours() }),
		BalanceOf("pages", loads, func(l Load) float64 { return float64(l.Pages) }),
	}
}

// BalanceOf returns how evenly some amount is shared, and calls it of.
func BalanceOf(of string, loads []Load, amount func(Load) float64) Balance {
	b := Balance{Of: of}
	if len(loads) == 0 {
		return b
	}
	for _, l := range loads {
		s := Share{Person: l.Person, Amount: amount(l)}
		b.Sum += s.Amount
		b.Shares = append(b.Shares, s)
	}
	less := func(x, y Share) int { return cmp.Compare(x.Amount, y.Amount) }
	b.Min, b.Max = slices.MinFunc(b.Shares, less).Amount, slices.MaxFunc(b.Shares, less).Amount
	b.Mean, b.Spread = b.Sum/float64(len(loads)), b.Max-b.Min
	for i := range b.Shares {
		s := &b.Shares[i]
		s.Deviation = s.Amount - b.Mean
		if b.Sum != 0 {
			s.Part = s.Amount / b.Sum
		}
	}
	return b
}

// String states in one line how even it is: what everybody has, and how far that
// is from the mean.
func (b Balance) String() string {
	if len(b.Shares) == 0 {
		return b.Of + ": nobody"
	}
	shares := make([]string, len(b.Shares))
	for i, s := range b.Shares {
		shares[i] = fmt.Sprintf("%s %.1f (%+.1f)", s.Person, s.Amount, tenth(s.Deviation))
	}
	return fmt.Sprintf("%s: mean %.1f, spread %.1f: %s", b.Of, b.Mean, b.Spread, strings.Join(shares, ", "))
}

// tenth rounds to tenths, and what is nearly nothing to 0, which has no sign.
func tenth(x float64) float64 { return math.Round(x*10)/10 + 0 }
