package option

import "strings"

// suggest returns a hint at the option that was probably meant, or "".
func (t Table) suggest(name string) string {
	if meant := t.nearest(name); meant != nil {
		return "; --" + meant.Name + " is one"
	}
	return ""
}

// nearest returns the row whose name differs least from a name that no row has: in case and dashes alone, or by
// a typing mistake for each three letters. If there is none, it is the row whose name begins with that name or is
// the longest beginning of it, or has it between dashes, as "key" is in tls-key. Otherwise nearest returns nil.
func (t Table) nearest(name string) (nearest *row) {
	folded := fold(name)
	least := (len(folded)+1)/3 + 1
	for _, r := range t.all() {
		for _, spelling := range []string{r.Name, r.Also} {
			if d := mistakes(folded, fold(spelling)); spelling != "" && d < least {
				nearest, least = r, d
			}
		}
	}
	if nearest != nil || len(folded) < 3 {
		return nearest
	}
	longest := 0
	for _, r := range t.all() {
		known := fold(r.Name)
		isPart := strings.Contains("-"+r.Name+"-", "-"+strings.ToLower(name)+"-")
		if !isPart && !strings.HasPrefix(known, folded) && !strings.HasPrefix(folded, known) {
			continue
		}
		if n := min(len(known), len(folded)); n > longest {
			nearest, longest = r, n
		}
	}
	return nearest
}

// fold returns a name without what people remember least: its case and its dashes.
func fold(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
}

// mistakes returns how many typing mistakes turn a into b: letters that are missing, too many, wrong, or
// exchanged with their neighbour (the optimal string alignment distance).
func mistakes(a, b string) int {
	var before, above []int // the rows of the table for the last two letters of a
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			wrong := above[j]
			if a[i] != b[j] {
				wrong++
			}
			row[j+1] = min(wrong, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
