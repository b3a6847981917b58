//! Who sees what: over random worlds, the lists that the database filters and the records that are judged one
//! by one show everybody the same.

use std::collections::BTreeSet;

use proviso::{
    clock::Random,
    desk::Find,
    domain::person::{By, Door},
    store::listing::{Direction, Filter, Page, Sort, SortBy},
    words::{ExceptionId, PersonId},
};
use serde_json::{Value, json};

use crate::world::{World, request};

const STAFF: &[&str] = &[
    "rita", "rosa", "priya", "sam", "elena", "dana", "boris", "carla", "konrad", "lena", "oskar", "gita", "adam", "ben",
];
const ROLES: &[&str] = &["completeness_reviewer", "privacy_assessor", "adviser", "stakeholder", "control_owner"];
const DOMAINS: &[&str] = &["eu", "us", "eu/service", "eu/retail", "us/retail", "retail"];

struct Dice(Vec<u8>);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut stream = Random::seeded(seed).stream().unwrap();
        Self((0..64).flat_map(|_| stream.bytes32()).collect())
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.0.pop().unwrap()) % bound
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// People get roles here and there, and what they cannot be given by one is confirmed by another.
fn grant(world: &World, dice: &mut Dice) {
    let path = format!("/v1/people/{}/roles", world.id(dice.one(STAFF)));
    let body = json!({ "role": dice.one(ROLES), "domain": dice.one(DOMAINS) });
    let reply = world.post("adam", &path, body);
    assert!([201, 403, 422].contains(&reply.status), "{}", reply.text);
}

/// A request somewhere, now and then confidential, with people in it who may see it for one reason or another.
fn filed(world: &World, dice: &mut Dice) -> String {
    let mut asked = request();
    asked["scope"]["regions"] = [json!(["eu"]), json!(["us"]), json!(["eu", "us"]), json!([])][dice.below(4)].clone();
    asked["scope"]["business_unit"] = json!(dice.one(&["service", "retail"]));
    asked["confidential"] = json!(dice.below(2) == 0);
    asked["readers"] = json!([world.id(dice.one(STAFF))]);
    for party in ["beneficiary", "sponsor", "monitoring_owner"] {
        let named = (dice.below(3) == 0).then(|| world.id(dice.one(&["ben", "oskar", "dana", "konrad"])));
        asked[party] = named.map_or(Value::Null, Value::String);
    }
    asked["controls"] = json!([{ "text": "Logs are kept.", "owner": world.id(dice.one(STAFF)) }]);
    let who = dice.one(&["rita", "ben", "oskar"]);
    let made = world.post(who, "/v1/exceptions", asked).expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    if dice.below(2) == 0 {
        world.command(who, &id, "watch", json!({ "person": world.id(dice.one(STAFF)) }));
    }
    if dice.below(3) > 0 {
        world.command(who, &id, "submit", json!({}));
    }
    id
}

fn listed(world: &World, by: &By) -> BTreeSet<ExceptionId> {
    let sort = Sort { by: SortBy::Number, direction: Direction::Ascending };
    let page = Page { sort, after: None, limit: 200 };
    let found = world.app.desk().list(by, &Filter::default(), &page).unwrap();
    found.what.into_iter().map(|(found, _)| found.id).collect()
}

#[test]
fn a_list_shows_everybody_what_they_may_read_one_by_one() {
    let mut pairs = [0_u32; 2];
    for seed in 0..3 {
        let (world, mut dice) = (World::new(), Dice::new(seed));
        (0..12).for_each(|_| grant(&world, &mut dice));
        let ids: Vec<ExceptionId> = (0..14).map(|_| filed(&world, &mut dice).parse().unwrap()).collect();
        for who in STAFF {
            let id: PersonId = world.id(who).parse().unwrap();
            let by = By::Person { id, door: Door::Session(world.now()) };
            let list = listed(&world, &by);
            for id in &ids {
                let seen = world.app.desk().find(&by, &Find::Id(*id)).is_ok();
                assert_eq!(list.contains(id), seen, "world {seed}: {who} and {id}");
                pairs[usize::from(seen)] += 1;
            }
        }
    }
    assert!(pairs.iter().all(|count| *count > 50), "some are seen and some are not: {pairs:?}");
}
