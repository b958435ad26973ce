package mutants
import ("testing";"os";"fmt")
func TestDev(t *testing.T){
	all := loadAll(t)
	_, err := Plant(os.DirFS(root), all)
	if err != nil { fmt.Println(err); t.FailNow() }
	p := overlay(t, all)
	b,_ := os.ReadFile(p)
	os.WriteFile("/tmp/s3/overlay.json", b, 0o600)
	os.RemoveAll("/tmp/s3/ov"); os.CopyFS("/tmp/s3/ov", os.DirFS(p[:len(p)-len("/overlay.json")]))
}
