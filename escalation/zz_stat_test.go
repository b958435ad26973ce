package escalation_test
import ("testing";"fmt";"pgregory.net/rapid";"github.com/incidentkit/incidentkit/escalation")
func TestZZStat(t *testing.T) {
	n:=map[string]int{}
	runs:=0
	rapid.Check(t, func(t *rapid.T){
		runs++
		c:=escalation.Simulate(drawAny(t).setting(t))
		n[fmt.Sprintf("len %d", len(c.Moments)/10*10)]++
		n["state "+string(c.Progress.State)]++
		for _,m:=range c.Moments {
			k:=m.Action()
			if m.Answer!=nil { k+=" "+string(m.Answer.Kind); if m.Err!=nil {k+=" refused"} } else if m.Effect.Code!="" {k+=" "+string(m.Effect.Code)} else { k+=" cause "+string(m.Effect.Cause)}
			if m.Failed {k="failed"}
			if len(m.With)>0 {k="bundled"}
			if !m.Waits.IsZero() {k="waits"}
			n[k]++
		}
	})
	for k,v:=range n { fmt.Println("ZZ",k,v) }
	fmt.Println("runs",runs)
}
