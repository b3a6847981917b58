//! What the calendar mails: the key figures of a month and the open exceptions of high risk, to those who answer for
//! them and to whoever asked, each as they may see it, once.

use std::fs;

use proviso::jobs::Jobs;
use serde_json::{Value, json};

use crate::world::{Reply, World, request};

struct Office {
    world: World,
    jobs: Jobs,
}

impl Office {
    fn new() -> Self {
        let world = World::new();
        let jobs = world.app.jobs().unwrap();
        Self { world, jobs }
    }

    fn run(&mut self) {
        for _ in 0..3 {
            self.jobs.run_due(self.world.now());
        }
    }

    /// Moves to the beginning of the next month and mails what is due.
    fn days(&mut self, days: i64) {
        self.world.days(days);
        self.run();
    }

    /// The mails that say this, each with its reader.
    fn mails(&self, said: &str) -> Vec<(String, String)> {
        let files = fs::read_dir(&self.world.app.config().mail.path).unwrap();
        let mails = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", ""));
        let to = |mail: &String| {
            let to = mail.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
            to.split('<').nth(1).unwrap().split('@').next().unwrap().to_owned()
        };
        let mut found: Vec<_> = mails.filter(|mail| mail.contains(said)).map(|mail| (to(&mail), mail)).collect();
        found.sort();
        found
    }

    fn readers(&self, said: &str) -> Vec<String> {
        self.mails(said).into_iter().map(|(to, _)| to).collect()
    }

    fn of(&self, who: &str, said: &str) -> String {
        let found = self.mails(said).into_iter().find(|(to, _)| to == who);
        found.unwrap_or_else(|| panic!("{who} has no {said}")).1
    }
}

fn subscribe(world: &World, who: &str, more: &Value) -> Reply {
    let mut wanted = json!({ "language": "en", "zone": "UTC", "frequency": "immediate" });
    wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.ask(who, actix_web::http::Method::PUT, "/v1/me/preferences", Some(&wanted))
}

const PACK: &str = "Subject: Key figures from ";
const RISKS: &str = "Subject: Open exceptions of high risk";

#[test]
fn each_reader_has_the_pack_and_the_list_once_as_they_may_see_it() {
    let mut office = Office::new();
    let told = subscribe(&office.world, "rita", &json!({ "reports": true })).expect(200);
    assert_eq!(told["reports"], true);
    office.run();
    assert_eq!(office.mails("ubject: Key"), [], "nothing happened before the first month was over");
    let id = office.world.decided_on(9);
    let grave = office.world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
    assert!(["high", "critical"].contains(&grave["tier"].as_str().unwrap()), "{grave}");
    office.days(30);
    let pack = ["gita", "gustav", "konrad", "oskar", "rita"];
    assert_eq!(office.readers(PACK), pack);
    assert_eq!(office.readers(RISKS), ["carla", "konrad", "rita"]);
    let (figures, risks) = (office.of("gita", PACK), office.of("carla", RISKS));
    assert!(figures.contains("Key figures from 1 March 2026 to 1 April 2026"), "{figures}");
    assert!(figures.contains("filename=\"monthly-pack.csv\"") && figures.contains("figure,unit,value,before,change"));
    assert!(risks.contains(grave["number"].as_str().unwrap()) && risks.contains("filename=\"risk-list.csv\""));
    for mail in [&figures, &risks] {
        assert!(mail.contains("List-Unsubscribe: <") && mail.contains("X-Proviso-Checkpoint: size="), "{mail}");
    }
    let kinds = office.world.roster_kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "record_exported").count(), 3, "each list as a file is noted");
    let again = proviso::app::App::jobs(&office.world.app).unwrap();
    office.jobs = again;
    office.run();
    assert_eq!(office.readers(PACK), pack, "whichever process keeps time, each tick is told once");
    let mailbox = office.world.get("rita", "/v1/me/mailbox").expect(200);
    assert_eq!(mailbox["items"][0]["kind"], "scheduled_report");
}

#[test]
fn what_is_confidential_is_led_to_and_never_mailed() {
    let mut office = Office::new();
    let mut asked = request();
    asked["confidential"] = json!(true);
    asked["title"] = json!("The merger of spring");
    let readers = ["rosa", "priya", "sam", "elena", "dana", "carla"];
    asked["readers"] = readers.iter().map(|who| json!(office.world.id(who))).collect();
    let id = office.world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    office.world.to_decision(&id, 9);
    let number = office.world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["number"].clone();
    office.days(30);
    for (who, said) in [("gita", PACK), ("carla", RISKS)] {
        let mail = office.of(who, said);
        assert!(mail.contains("Some of it is confidential") && !mail.contains("filename="), "{mail}");
        assert!(!mail.contains("merger"), "{mail}");
    }
    assert!(office.of("carla", RISKS).contains(number.as_str().unwrap()), "its number is told to who may see it");
    let konrad = office.of("konrad", RISKS);
    assert!(!konrad.contains(number.as_str().unwrap()) && konrad.contains("filename=\"risk-list.csv\""), "{konrad}");
}

#[test]
fn a_paused_job_posts_nothing_and_whoever_cancelled_reads_in_the_mailbox() {
    let mut office = Office::new();
    office.world.file();
    office.run();
    subscribe(&office.world, "oskar", &json!({ "frequency": "mailbox" })).expect(200);
    subscribe(&office.world, "gustav", &json!({ "language": "de", "zone": "Europe/Berlin" })).expect(200);
    office.world.post("adam", "/v1/jobs/risk_list/pause", json!({ "reason": "First we look." })).expect(200);
    office.days(30);
    assert_eq!(office.readers(RISKS), Vec::<String>::new());
    assert_eq!(office.readers(PACK), ["gita", "konrad"]);
    let letters = office.world.get("oskar", "/v1/me/mailbox").expect(200);
    assert_eq!(letters["items"][0]["kind"], "scheduled_report");
    assert!(office.of("gustav", "Subject: Kennzahlen vom 1.").contains("Kennzahlen"), "in the language of its reader");
    let jobs = office.world.get("adam", "/v1/automation").expect(200).to_string();
    assert!(jobs.contains("\"monthly_pack\"") && jobs.contains("0 6 1 1,4,7,10 *"), "{jobs}");
}
