//! "Did you mean": the known word nearest to a misspelt one.

/// The nearest of `known` to `word`, if it is near enough to be meant.
pub fn similar<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A short word is near to many: one letter in four may differ, and one at least. A single letter is near to all others.
    let letters = word.chars().count();
    let limit = if letters == 1 { 0 } else { (letters / 4).max(1) };
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit || abbreviates(word, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `act` for `activation`, `he_norm` for `he_normal`
fn abbreviates(word: &str, candidate: &str) -> bool {
    word.len() >= 3 && word.contains(|c: char| c.is_lowercase()) && candidate.starts_with(word)
}

/// How many letters to insert, delete, replace or swap with a neighbour (Damerau), whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().map(|c| c.to_ascii_lowercase()).collect();
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, first) in rows[0].iter_mut().enumerate() {
        *first = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn finds_misspelt_words_only() {
        let known = ["Dense", "Dropout", "Conv2D", "Flatten"];
        assert_eq!(similar("Dens", known), Some("Dense"));
        assert_eq!(similar("conv2d", known), Some("Conv2D"));
        assert_eq!(similar("Faltten", known), Some("Flatten"));
        assert_eq!(similar("Frobnicate", known), None);
        assert_eq!(similar("Both", ["Dot", "Conv2D"]), None);
        assert_eq!(similar("", known), None);
        assert_eq!(similar("h", ["x", "y"]), None);
        assert_eq!(similar("X", ["x", "y"]), Some("x"));
        assert_eq!(similar("act", ["units", "activation"]), Some("activation"));
        assert_eq!(similar("he_norm", ["he_normal", "he_uniform"]), Some("he_normal"));
        assert_eq!(similar("k", ["kernel_size"]), None);
    }
}
