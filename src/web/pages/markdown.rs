//! Markdown as people write it in comments, as HTML that can do nothing: what is not in the short list of
//! elements is gone, whoever wrote it. It knows no page.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use pulldown_cmark::{Options, Parser, html};

/// What a comment may be made of.
const ELEMENTS: [&str; 14] =
    ["p", "br", "em", "strong", "del", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr", "h4"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// A text as HTML.
pub(super) fn rendered(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    html::push_html(&mut written, Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH));
    CLEANER.clean(&written).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_mean_is_there() {
        let shown = rendered("It is *fine*, see [the note](https://example.org/x).\n\n- one\n- two");
        assert!(shown.contains("<em>fine</em>") && shown.contains("<li>one</li>"), "{shown}");
        assert!(shown.contains("href=\"https://example.org/x\"") && shown.contains("noopener"), "{shown}");
    }

    #[test]
    fn what_could_do_something_is_gone() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](https://evil.example/x.png)",
            "[x](javascript:alert(1))",
            "[x](data:text/html,x)",
            "<a href=\"/v1/session\" onclick=x>y</a>",
            "<form action=/sign-out><button>x</button></form>",
            "<style>*{display:none}</style>",
            "<p style=\"position:fixed\" class=\"panel\" id=\"main\">x</p>",
            "<iframe src=//evil.example></iframe><svg onload=x>",
            "<meta http-equiv=refresh content=0>",
        ] {
            let shown = rendered(hostile).to_lowercase();
            let bad = [
                "<script",
                "<img",
                "onerror",
                "href=\"javascript",
                "href=\"data",
                "onclick",
                "<form",
                "<button",
                "<style",
                "style=",
                "class=",
                "id=",
                "<iframe",
                "<svg",
                "<meta",
                "href=\"/",
            ];
            assert!(bad.iter().all(|bad| !shown.contains(bad)), "{hostile} became {shown}");
        }
    }
}
