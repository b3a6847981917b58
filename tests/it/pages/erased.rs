//! The erasure of somebody on pages: what would go and what stands in the way, a hold, the proposal, and what came of it.

use super::{
    rights::{filled, location},
    walk::{Walker, field},
};
use crate::world::World;

#[test]
fn an_erasure_is_looked_at_held_proposed_and_told() {
    let world = World::new();
    let (mut adam, mut gita) = (Walker::signed_in(&world, "adam"), Walker::signed_in(&world, "gita"));
    let mut gustav = Walker::signed_in(&world, "gustav");
    let person = format!("/admin/people/{}", world.id("uma"));
    let here = format!("{person}/erasure");
    assert!(adam.get(&person).text.contains(&format!("href=\"{here}\"")));
    let page = adam.get(&here).text;
    assert!(
        page.contains("They have not left") && page.contains("Let them go first.") && !page.contains("/erase\""),
        "{page}"
    );
    let form = adam.get(&here);
    let bare = adam.send(&format!("{here}/hold"), &form, &[("reason", "")]);
    assert!(bare.status == 422 && bare.text.contains("href=\"#reason\""), "{}", bare.text);
    assert_eq!(location(&adam.send(&format!("{here}/hold"), &form, &[("reason", "A court asks.")])), here);
    filled(&mut adam, &format!("{person}/do/leave_person"), &[]);
    let form = adam.get(&here);
    assert!(form.text.contains("A court asks.") && !form.text.contains("/erase\""), "{}", form.text);
    let lifts = location(&adam.send(&format!("{here}/release"), &form, &[]));
    let agreed = |who: &mut Walker<'_>, change: &str| {
        let form = who.get(change);
        let hash = field(&form.text, "hash");
        assert_eq!(who.send(&format!("{change}/confirm"), &form, &[("hash", &hash)]).status, 303);
    };
    agreed(&mut gustav, &lifts);
    let form = gita.get(&here);
    let found = field(&form.text, "found");
    let change = location(&gita.send(&format!("{here}/erase"), &form, &[("found", &found)]));
    agreed(&mut gustav, &change);
    let page = gita.get(&here).text;
    assert!(page.contains("Erased") && page.contains("erased person") && !page.contains("Uma Underwriter"), "{page}");
    assert!(!adam.get(&person).text.contains("/do/return_person"), "there is nobody to take back");
    assert_eq!(Walker::signed_in(&world, "rita").get_html(&here).status, 404);
}
