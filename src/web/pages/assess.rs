//! Assessing one dimension: the procedure's criteria with their guidance, what was found, another tier where that is
//! justified; and how points become a tier. It computes nothing.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::HttpResponse;
use askama::Template;
use serde_json::{Map, Value, json};

use super::{
    layout::{page, see},
    record::{Fact, Known, Telling, target},
    sheet::{Choice, Fields, Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::{Sent, Visit},
};
use crate::{
    desk::{Asked, Laws},
    domain::{
        exception::Exception,
        lifecycle::scored_by,
        person::Person,
        task::{Task, Work},
    },
    sop::{Criterion, DimensionRules, Sop},
    web::{
        api::exception::{
            act::sealed,
            commands::{Asks, AssessBody},
        },
        hand_over,
        json::checked,
        problem::Problem,
    },
    words::{Dimension, Hash, Sealed, Tier, Verb},
};

/// How many findings the page asks for at least; there is always room for one more.
const FINDINGS: usize = 3;
/// How many it asks for at most.
const MOST_FINDINGS: usize = 50;

#[derive(Template)]
#[template(path = "assess.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    number: String,
    title: String,
    here: String,
    heading: String,
    others: Vec<Other>,
    facts: Vec<Fact>,
    risk: Vec<Fact>,
    rules: Vec<String>,
    criteria: Vec<Question>,
    findings: Vec<Question>,
    tier: Vec<Question>,
    /// What stands of before, to be confirmed as it is in a re-review.
    stood: Option<String>,
    dimension: Dimension,
    version: u64,
    note: Question,
}

/// Another dimension that is still to be assessed.
struct Other {
    dimension: Dimension,
    current: bool,
}

/// What is to be assessed, and by which procedure.
struct Assessing {
    known: Known,
    laws: Arc<Laws>,
    dimension: Dimension,
    open: Vec<Dimension>,
}

/// The dimension of a task to assess.
fn dimension(task: &Task) -> Option<Dimension> {
    task.key.strip_prefix("assess:").filter(|_| task.work == Work::Assess)?.parse().ok()
}

fn is_of(task: &Task, person: &Person) -> bool {
    task.assignee == Some(person.id) || task.roles.iter().any(|role| person.holds(*role, &task.domains))
}

impl Assessing {
    /// The dimension that is asked for, or the first that waits for whoever looks.
    async fn read(visit: &Visit) -> Result<Self, Problem> {
        let find = target(visit)?;
        let read = visit.read(move |desk, by| Ok((Known::read(desk, by, &find)?, desk.laws())));
        let (known, laws) = read.await?;
        let tasks = &known.found.what.tasks;
        let open: Vec<Dimension> = tasks.iter().filter_map(dimension).collect();
        let mine = tasks.iter().find(|task| is_of(task, &visit.person) && dimension(task).is_some());
        let asked = visit.parameter("dimension").and_then(|asked| asked.parse().ok());
        let dimension = asked.or_else(|| dimension(mine?)).filter(|_| known.offers.contains(&Verb::Assess));
        let dimension = dimension.ok_or_else(|| Problem::not_found("assessment"))?;
        Ok(Self { known, laws, dimension, open })
    }

    /// The procedure by whose criteria it is scored.
    fn sop(&self) -> Option<Arc<Sop>> {
        let found = self.found();
        let sop = self.laws.sops.exactly(&found.sop)?;
        let newest = self.laws.sops.newest(&found.sop.id).unwrap_or_else(|| Arc::clone(&sop));
        let by = scored_by(found, [&sop, &newest], self.dimension).reference();
        Some(if by == newest.reference() { newest } else { sop })
    }

    /// How it was scored before, where a re-review asks whether that still holds.
    fn stood(&self, telling: &Telling<'_>) -> Option<String> {
        let (found, t) = (self.found(), telling.tongue);
        let asked = found.review()?.unlooked().any(|open| open == self.dimension);
        let stood = found.assessments.get(&self.dimension).filter(|_| asked)?;
        let said = t.say("assessed-by").with("points", stood.score).with("who", telling.names.of(&stood.by));
        Some(said.with("at", t.moment(&stood.at)).to_string())
    }

    fn found(&self) -> &Exception {
        &self.known.found.what
    }

    fn address(&self) -> String {
        format!("/exceptions/{}/assess?dimension={}", self.found().number, self.dimension)
    }
}

fn rules_of(sop: &Sop, dimension: Dimension) -> Option<&DimensionRules> {
    sop.document().steps.assessment.dimensions.iter().find(|rules| rules.dimension == dimension)
}

/// One criterion: the points with what the guidance says of each.
fn criterion(asked: &Criterion, tongue: Tongue) -> Question {
    let said: Vec<(u32, &str)> = asked.guidance.split(';').filter_map(guided).collect();
    let choice = |points: u32| {
        let known = said.iter().find(|(of, _)| *of == points).map(|(_, text)| *text);
        Choice::new(points, known.map_or_else(|| points.to_string(), |text| format!("{points}: {text}")))
    };
    let weight = tongue.say("assess-weight").count("weight", asked.weight).to_string();
    let hint = if said.is_empty() { format!("{} {weight}", asked.guidance) } else { weight };
    Question::radios(format!("points.{}", asked.id), &asked.text, (0..=asked.max).map(choice).collect()).hinted(hint)
}

/// `3 customer data` is what three points mean.
fn guided(part: &str) -> Option<(u32, &str)> {
    let (points, text) = part.trim().trim_end_matches('.').split_once(' ')?;
    Some((points.parse().ok()?, text))
}

fn tiers(tongue: Tongue) -> Vec<Choice> {
    Tier::ALL.iter().map(|tier| Choice::new(tier, tongue.name("tier", tier))).collect()
}

fn finding(at: usize, tongue: Tongue) -> [Question; 3] {
    let label = |part: &str| tongue.name("assess-finding", part).count("number", at + 1);
    let name = |part: &str| format!("findings.{at}.{part}");
    [
        Question::long(name("text"), label("text")).optional(),
        Question::select(name("severity"), label("severity"), tiers(tongue)).optional(),
        Question::long(name("mitigation"), label("mitigation")).optional(),
    ]
}

/// What was assessed before, to be mended: sent as it is shown, it is the same.
fn before(found: &Exception, dimension: Dimension, texts: &BTreeMap<Hash, String>) -> Fields {
    let Some(given) = found.assessments.get(&dimension) else { return Fields::default() };
    let open = |sealed: &Sealed| texts.get(&sealed.commitment).cloned().unwrap_or_default();
    let points = given.points.iter().map(|(criterion, points)| (format!("points.{criterion}"), points.to_string()));
    let findings = given.findings.iter().enumerate().flat_map(|(at, finding)| {
        let mitigation = finding.mitigation.as_ref().map(open).unwrap_or_default();
        let parts =
            [("text", open(&finding.text)), ("severity", finding.severity.to_string()), ("mitigation", mitigation)];
        parts.map(|(part, text)| (format!("findings.{at}.{part}"), text))
    });
    Fields(points.chain(findings).collect())
}

/// How many findings are asked for: those that there are, and one more.
fn asked_for(found: &Exception, dimension: Dimension) -> usize {
    let given = found.assessments.get(&dimension).map_or(0, |given| given.findings.len());
    given.saturating_add(1).clamp(FINDINGS, MOST_FINDINGS)
}

/// Asks for it.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let asking = Assessing::read(&visit).await?;
    let sheet = visit.sheet()?.filled(before(asking.found(), asking.dimension, &asking.known.found.texts));
    asked(visit, &asking, sheet)
}

fn asked(visit: Visit, asking: &Assessing, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let (tongue, found, sop) = (visit.tongue(), asking.found(), asking.sop());
    let (texts, names) = (&asking.known.found.texts, &asking.known.names);
    let telling = Telling { tongue, texts, names, now: visit.web.desk.clock().now() };
    let rules = sop.as_ref().map(|sop| sop.document().steps.assessment.scoring.rules.clone()).unwrap_or_default();
    let rule = |rule: &crate::sop::ScoringRule| {
        format!("{}: {} ({})", tongue.name("tier", rule.tier), rule.text.trim(), rule.id)
    };
    let criteria = sop.as_ref().and_then(|sop| rules_of(sop, asking.dimension));
    let criteria = criteria.into_iter().flat_map(|rules| &rules.criteria);
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let tier = [
        Question::select("override_tier", tongue.say("assess-override"), tiers(tongue)).optional(),
        Question::long("override_reason", tongue.say("assess-override-reason")).optional(),
    ];
    let shown = Page {
        number: found.number.clone(),
        title: telling.title(found),
        here: asking.address(),
        heading: tongue.name("dimension", asking.dimension).to_string(),
        others: asking.open.iter().map(|one| Other { dimension: *one, current: *one == asking.dimension }).collect(),
        facts: telling.asked(&found.request),
        risk: telling.risk(found),
        rules: rules.iter().map(rule).collect(),
        criteria: criteria.map(|asked| criterion(asked, tongue)).collect(),
        findings: (0..asked_for(found, asking.dimension)).flat_map(|at| finding(at, tongue)).collect(),
        tier: tier.into(),
        stood: asking.stood(&telling),
        dimension: asking.dimension,
        version: found.version,
        note: Question::long("note", tongue.say("ask-note")).optional(),
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

/// Gives the assessment, and leads back to the record.
pub(super) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let asking = Assessing::read(&sent.visit).await?;
    match assessed(&sent, &asking).await {
        Ok(()) => Ok(see(&format!("/exceptions/{}?done={}", asking.found().number, Verb::Assess)).finish()),
        Err(problem) if problem.inside().is_none() => {
            let sheet = sent.sheet()?.refused(&problem, sent.visit.tongue());
            asked(sent.visit, &asking, sheet)
        }
        Err(problem) => Err(problem),
    }
}

async fn assessed(sent: &Sent, asking: &Assessing) -> Result<(), Problem> {
    let body: AssessBody = checked(body(&sent.fields, asking))?;
    let (command, openings) = sealed(&sent.visit.call(), body, AssessBody::command)?;
    let id = asking.found().id;
    let key = sent.key(&format!("assess {id} {}", asking.dimension));
    let asked = Asked { by: sent.visit.by(), key, expected: None, command, openings };
    hand_over::write(sent.visit.web.desk.act(id, asked)).await?;
    Ok(())
}

/// The body that the interface would be sent. What is no number stays as it was typed, and is refused at its field.
fn body(sent: &Fields, asking: &Assessing) -> Value {
    let number = |text: String| text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from);
    let sop = asking.sop();
    let criteria = sop.as_ref().and_then(|sop| rules_of(sop, asking.dimension));
    let criteria = criteria.into_iter().flat_map(|rules| &rules.criteria);
    let points = criteria.filter_map(|one| Some((one.id.clone(), number(sent.said(&format!("points.{}", one.id))?))));
    let points: Map<String, Value> = points.collect();
    let finding = |at: usize| {
        let part = |part: &str| Some((part.to_owned(), Value::from(sent.said(&format!("findings.{at}.{part}"))?)));
        let said: Map<String, Value> = ["severity", "text", "mitigation"].into_iter().filter_map(part).collect();
        (!said.is_empty()).then_some(Value::Object(said))
    };
    let findings: Vec<Value> = (0..MOST_FINDINGS).filter_map(finding).collect();
    let mut body = sent.object(&["override_tier", "override_reason"]);
    body.insert("dimension".to_owned(), json!(asking.dimension));
    body.insert("points".to_owned(), Value::Object(points));
    body.insert("findings".to_owned(), Value::Array(findings));
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Zone};

    #[test]
    fn each_point_says_what_the_guidance_says_of_it() {
        let asked = Criterion {
            id: "volume".to_owned(),
            text: "How many?".to_owned(),
            guidance: "0 none; 2 under 1,000; 3 more.".to_owned(),
            max: 3,
            weight: 1,
        };
        let question = criterion(&asked, Tongue { language: Language::En, zone: Zone::UTC });
        let labels: Vec<&str> = question.options.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(labels, ["0: none", "1", "2: under 1,000", "3: more"]);
        assert_eq!(question.name, "points.volume");
    }
}
