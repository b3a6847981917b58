//! Mails that left twice, since nobody knows which of the two arrives: whatever link or code stands in either does.

use diesel::{RunQueryDsl, sql_query};
use proviso::store::StoreError;

use crate::post::Post;

/// The letters of this kind were sent, and not marked before their process ended.
fn unmarked(post: &Post, kind: &str) {
    let again = format!("UPDATE outbox SET state = 'waiting' WHERE kind = '{kind}'");
    let unsent = format!("UPDATE mailbox SET mailed_at = NULL WHERE kind = '{kind}'");
    let store = post.world.app.desk().store();
    let done = store.write(move |tx| {
        tx.look(|conn| Ok::<_, StoreError>(sql_query(&again).execute(conn)? + sql_query(&unsent).execute(conn)?))
    });
    assert!(done.unwrap().blocking_recv().unwrap().unwrap() > 0, "{kind}");
}

#[test]
fn the_link_of_another_process_stands_beside_the_one_before() {
    for earlier in [true, false] {
        let mut post = Post::new();
        let id = post.asked(1);
        let first = post.link("boris");
        unmarked(&post, "decision_wanted");
        let mut other = post.world.app.jobs().unwrap();
        other.run_due(post.world.now());
        let second = post.links("boris").into_iter().find(|link| *link != first).unwrap();
        let (taken, left) = if earlier { (&first, &second) } else { (&second, &first) };
        let cookie = post.sign_in(taken, "boris");
        assert_eq!(post.get(left, Some(&cookie)).status, 200);
        assert_eq!(post.decide(taken, &cookie, &[("decision", "approve")]).status, 303);
        for link in [taken, left] {
            assert!(post.get(link, Some(&cookie)).text.contains("your decision is recorded"), "it ended both");
        }
        let cookie = post.sign_in(&post.link("carla"), "carla");
        assert_eq!(post.decide(&post.link("carla"), &cookie, &[("decision", "approve")]).status, 303);
        assert_eq!((post.world.state(&id).as_str(), post.open_links()), ("active", 0));
    }
}

#[test]
fn a_code_that_is_sent_again_is_the_same_or_as_good() {
    let mut post = Post::new();
    post.asked(1);
    let link = post.link("boris");
    post.ask_for_code(&link);
    let first = post.codes("boris").remove(0);
    unmarked(&post, "code");
    post.jobs.run_due(post.world.now());
    assert_eq!(post.codes("boris"), [first.as_str(), first.as_str()], "the same from the same process");
    unmarked(&post, "code");
    let mut other = post.world.app.jobs().unwrap();
    other.run_due(post.world.now());
    assert!(post.codes("boris").iter().any(|code| *code != first));
    assert_eq!(post.type_code(&link, &first).status, 303, "nobody knows which arrived");
    assert!(post.codes("boris").iter().all(|code| post.type_code(&link, code).status == 401), "and it is used up");
    unmarked(&post, "code");
    post.world.app.jobs().unwrap().run_due(post.world.now());
    assert!(post.codes("boris").iter().all(|code| post.type_code(&link, code).status == 401), "whatever is sent again");
}
