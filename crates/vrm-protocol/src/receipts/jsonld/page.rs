//! Finds JSON-LD in HTML: the insides of `<script type="application/ld+json">`.
//!
//! Knows: where a script begins and ends. Must not know HTML beyond that, and runs nothing. Each byte is passed once.

/// Scripts of one page that are looked at.
const SCRIPTS: usize = 256;

/// The documents in a page, in order.
pub(in crate::receipts) fn documents(html: &str) -> Vec<&str> {
    // Lower case of ASCII keeps every offset.
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..SCRIPTS {
        let Some((inside, next)) = script(&lower, at) else { break };
        if let Some((from, until)) = inside {
            found.push(unwrapped(&html[from..until]));
        }
        at = next;
    }
    found
}

/// The next script from `at`: where its inside lies when it is JSON-LD, and where to go on.
fn script(lower: &str, at: usize) -> Option<(Option<(usize, usize)>, usize)> {
    let open = at + lower.get(at..)?.find("<script")?;
    let from = open + lower[open..].find('>')? + 1;
    let until = from + lower[from..].find("</script").unwrap_or(lower.len() - from);
    let is_data = lower[open..from].contains("application/ld+json");
    Some((is_data.then_some((from, until)), until))
}

/// Some writers hide a script from old browsers.
fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    let text =
        ["//<![CDATA[", "<![CDATA[", "<!--"].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    let text = text.trim_end();
    let text = ["//]]>", "]]>", "-->"].iter().find_map(|mark| text.strip_suffix(mark)).unwrap_or(text);
    text.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_is_found() {
        let html = "<SCRIPT>alert(1)</script><p>Ä</p><script type='Application/LD+JSON'>\n{\"a\":1}\n</SCRIPT>
            <script type=\"application/ld+json\">//<![CDATA[\n[2]\n//]]></script><script type=\"application/ld+json\">{";
        assert_eq!(documents(html), ["{\"a\":1}", "[2]", "{"]);
        assert!(documents("<script").is_empty());
        assert!(documents("").is_empty());
    }
}
