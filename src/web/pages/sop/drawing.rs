//! A procedure drawn: its steps in their order, as an SVG with who acts and as Mermaid's source with the ways back.

use super::{super::text::Tongue, steps::Shown};

/// From one box to the next, in the drawing's units.
const STEP: usize = 74;

/// The drawing.
pub(super) struct Drawing {
    pub(super) height: usize,
    pub(super) boxes: Vec<Boxed>,
    pub(super) mermaid: String,
}

/// A step as a box.
pub(super) struct Boxed {
    pub(super) top: usize,
    pub(super) name_at: usize,
    pub(super) who_at: usize,
    pub(super) name: String,
    pub(super) who: String,
    pub(super) rules: String,
    /// Where the arrow to the next begins and ends; nothing after the last.
    pub(super) arrow: Option<(usize, usize)>,
}

impl Drawing {
    pub(super) fn of(tongue: Tongue, steps: &[Shown]) -> Self {
        let drawn = |(at, step): (usize, &Shown)| {
            let top = at.saturating_mul(STEP).saturating_add(4);
            let rules = tongue.say("sop-rules").count("count", step.rules.len()).to_string();
            Boxed {
                top,
                name_at: top.saturating_add(20),
                who_at: top.saturating_add(40),
                name: format!("{}. {}", step.number, step.name),
                who: shortened(&step.who),
                rules: if step.rules.is_empty() { String::new() } else { rules },
                arrow: (at.saturating_add(1) < steps.len()).then(|| (top.saturating_add(50), top.saturating_add(STEP))),
            }
        };
        let boxes = steps.iter().enumerate().map(drawn).collect();
        Self { height: steps.len().saturating_mul(STEP), boxes, mermaid: mermaid(tongue, steps) }
    }
}

/// The same for Mermaid (flowchart). Names are ours or roles', so that nothing in them ends a label.
fn mermaid(tongue: Tongue, steps: &[Shown]) -> String {
    let named = steps.iter().map(|step| format!("  s{0}[\"{0}. {1}\"]\n", step.number, step.name));
    let next = steps.windows(2).filter_map(|pair| match pair {
        [one, other] => Some(format!("  s{} --> s{}\n", one.number, other.number)),
        _ => None,
    });
    let back = [
        format!("  s2 -- {} --> s1\n", tongue.name("state", "returned")),
        format!("  s5 -- {} --> s1\n", tongue.name("state", "returned")),
        format!("  s7 -- {} --> s5\n", tongue.name("state", "re_review")),
    ];
    ["flowchart TD\n".to_owned()].into_iter().chain(named).chain(next).chain(back).collect()
}

/// A text that fits into a box.
fn shortened(text: &str) -> String {
    const MOST: usize = 46;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
