package main
import ("fmt";"os";"strconv";"time";"slices";"strings";"github.com/incidentkit/incidentkit/internal/oracle";_ "time/tzdata";"github.com/incidentkit/incidentkit/internal/sim")
// args: from n [wanted] ; env SKIP= file of bad seeds: stops at the first with wanted
func main(){
 from,_:=strconv.Atoi(os.Args[1]); n,_:=strconv.Atoi(os.Args[2])
 var want []string; if len(os.Args)>3 { want=strings.Fields(os.Args[3]) }
 skip:=map[int]bool{}
 if b,err:=os.ReadFile(os.Getenv("SKIP"));err==nil { for _,l:=range strings.Fields(string(b)) { x,_:=strconv.Atoi(l); skip[x]=true } }
 for s:=from;s<from+n;s++{ if skip[s] {continue}
  stop:=false
  func(){
  defer func(){ if r:=recover();r!=nil{ fmt.Println(s,"panic",r); stop=true}}()
  t:=time.Now()
  var vs []oracle.Violation = sim.Run(sim.Config{Seed:uint64(s)}).Violations
  d:=time.Since(t).Milliseconds()
  if len(want)==0 { if len(vs)>0||d>1500 { seen:=map[string]bool{}; for _,v:=range vs { if !seen[v.Invariant] {fmt.Println(s,d,v); seen[v.Invariant]=true}}; if len(vs)==0 {fmt.Println(s,d,"slow")} } ; return}
  for _,v:=range vs { if slices.Contains(want,v.Invariant) { fmt.Println("CAUGHT",s,d,v); stop=true; return } }
  for i,v:=range vs { if i<2 {fmt.Println("other",s,d,v) }}
 }()
 if stop {return}
 }
}
