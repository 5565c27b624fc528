//! Finding a circle among dependencies.

use std::collections::HashMap;

/// A circle among edges from what waits to what it waits for: its members in order, the first
/// one again at the end. None when the work can be done in some order.
pub fn find_cycle(edges: &HashMap<String, Vec<String>>) -> Option<Vec<String>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        OnPath,
        Finished,
    }

    let mut seen: HashMap<&str, Seen> = HashMap::new();
    let mut roots: Vec<&str> = edges.keys().map(String::as_str).collect();
    roots.sort_unstable();
    for root in roots {
        if seen.contains_key(root) {
            continue;
        }
        // Not recursive: a plan may be a chain of thousands.
        let mut path: Vec<(&str, usize)> = vec![(root, 0)];
        seen.insert(root, Seen::OnPath);
        while let Some((node, at)) = path.last_mut() {
            let next = edges.get(*node).and_then(|to| to.get(*at)).map(String::as_str);
            *at += 1;
            match next {
                None => {
                    seen.insert(node, Seen::Finished);
                    path.pop();
                }
                Some(next) => match seen.get(next) {
                    Some(Seen::Finished) => {}
                    Some(Seen::OnPath) => {
                        let from = path.iter().position(|(node, _)| *node == next).unwrap_or(0);
                        let circle = path.iter().skip(from).map(|(node, _)| (*node).to_owned());
                        return Some(circle.chain([next.to_owned()]).collect());
                    }
                    None => {
                        seen.insert(next, Seen::OnPath);
                        path.push((next, 0));
                    }
                },
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::find_cycle;
    use std::collections::HashMap;

    fn edges(pairs: &[(&str, &str)]) -> HashMap<String, Vec<String>> {
        let mut edges: HashMap<String, Vec<String>> = HashMap::new();
        for (waits, on) in pairs {
            edges.entry((*waits).to_owned()).or_default().push((*on).to_owned());
        }
        edges
    }

    #[test]
    fn an_order_exists() {
        assert_eq!(find_cycle(&edges(&[])), None);
        assert_eq!(find_cycle(&edges(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])), None);
    }

    #[test]
    fn the_circle_is_named_without_its_approach() {
        let found = find_cycle(&edges(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]));
        assert_eq!(found.unwrap(), ["b", "c", "d", "b"]);
        assert_eq!(find_cycle(&edges(&[("a", "a")])).unwrap(), ["a", "a"]);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let chain: HashMap<_, _> =
            (0..100_000).map(|n: u32| (n.to_string(), vec![(n + 1).to_string()])).collect();
        assert_eq!(find_cycle(&chain), None);
    }
}
