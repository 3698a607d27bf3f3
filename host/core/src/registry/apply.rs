//! Deployment → [`Snapshot`]: cross-checks skills against specs, classifies, indexes. All findings at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{instructions, namespaces};
use crate::bundle::open::Opened;
use crate::findings::{Document, Finding, Location, has_errors};
use crate::manifest::schema::{self, ClassificationRule, Manifest};
use crate::openapi::classify::{Emits, Expose, Rule};
use crate::openapi::operation::{Operation, OperationHead, Spec};
use crate::registry::places::Places;
use crate::registry::snapshot::{Snapshot, Visible};
use crate::skill::catalog::{Catalog, Skill};
use crate::skill::harvest::OperationRef;
use crate::skill::index::{Entry, Index};
use crate::skill::markdown::SkillSource;
use crate::skill::suggest;

/// Everything a manifest refers to, read by a shell.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The effective manifest: overlay applied.
    pub manifest: Manifest,
    /// Where its parts stand, for findings.
    pub places: Places,
    /// Loaded descriptions.
    pub specs: Vec<Spec>,
    /// Parsed skill folders, before their references are resolved.
    pub skills: Vec<SkillSource>,
}

/// Builds the snapshot. Warnings may accompany it; with errors there is none.
pub fn apply(deployment: Deployment) -> (Option<Snapshot>, Vec<Finding>) {
    let mut findings = Vec::new();
    let wishes = Wishes::of(&deployment.manifest, &deployment.places, &mut findings);
    let (snapshot, problems) = assemble(wishes, &deployment.places, deployment.specs, deployment.skills);
    findings.extend(problems);
    let snapshot = snapshot.filter(|_| !has_errors(&findings)).map(|snapshot| Snapshot {
        manifest: Some(Arc::new(deployment.manifest)),
        environment: deployment.places.environment,
        ..snapshot
    });
    (snapshot, findings)
}

impl From<Opened> for Deployment {
    /// What a bundle carries. Findings about its manifest name the bundle, since there is no file.
    fn from(opened: Opened) -> Self {
        let Opened { manifest, environment, specs, skills } = opened;
        let document = Document { file: "bundle manifest".to_owned(), ..Document::default() };
        Self { manifest, places: Places { document, environment }, specs, skills }
    }
}

/// What the manifest asks of specs and skills.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) title: Option<String>,
    pub(super) instructions: String,
    pub(super) always_load: Vec<String>,
    pub(super) include_tags: Vec<String>,
    pub(super) exclude_tags: Vec<String>,
    pub(super) rules: Vec<Rule>,
    pub(super) secrets: Vec<String>,
}

impl Wishes {
    fn of(manifest: &Manifest, places: &Places, findings: &mut Vec<Finding>) -> Self {
        let info = &manifest.server.info;
        let skills = manifest.skills.clone().unwrap_or_default();
        let tags = skills.tags.unwrap_or_default();
        Self {
            name: info.name.clone(),
            version: info.version.clone(),
            title: info.title.clone(),
            instructions: manifest.server.instructions.clone().unwrap_or_default(),
            always_load: skills.always_load.unwrap_or_default(),
            include_tags: tags.include.unwrap_or_default(),
            exclude_tags: tags.exclude.unwrap_or_default(),
            rules: rules(manifest, places, findings),
            secrets: manifest.secrets.iter().map(|secret| secret.name.clone()).collect(),
        }
    }
}

/// The manifest's classification rules; a pattern that cannot be read is an error.
fn rules(manifest: &Manifest, places: &Places, findings: &mut Vec<Finding>) -> Vec<Rule> {
    let written =
        manifest.classification.iter().flat_map(|classification| classification.rules.iter().flatten());
    let read = |rule: &ClassificationRule| {
        let expose = rule.expose.map(|expose| match expose {
            schema::Expose::Tool => Expose::Tool,
            schema::Expose::Resource => Expose::Resource,
            schema::Expose::Both => Expose::Both,
        });
        let emits = rule.emits.map(|emits| match emits {
            schema::Emits::Own => Emits::Own,
            schema::Emits::Parent => Emits::Parent,
            schema::Emits::None => Emits::None,
        });
        Rule::new(&rule.r#match, expose, emits)
    };
    let mut rules = Vec::new();
    for (index, rule) in written.enumerate() {
        match read(rule) {
            Ok(rule) => rules.push(rule),
            Err(reason) => {
                let place = places.at(&format!("/classification/rules/{index}/match"), 1);
                let message = format!("`{}`: {reason}", rule.r#match);
                findings.push(Finding::error("classification-rule", message).at(place));
            }
        }
    }
    rules
}

pub(super) fn assemble(
    wishes: Wishes,
    places: &Places,
    specs: Vec<Spec>,
    sources: Vec<SkillSource>,
) -> (Option<Snapshot>, Vec<Finding>) {
    let mut findings = Vec::new();
    let namespaces = namespaces::assign(&specs, places, &mut findings);
    let specs = by_id(specs, &wishes.rules, places, &mut findings);
    let all = draft_skills(sources, &specs, &mut findings);
    let (mut skills, dropped): (BTreeMap<_, _>, BTreeMap<_, _>) =
        all.into_iter().partition(|(_, draft)| wishes.serves(&draft.skill));
    wishes.load_always(&mut skills, &dropped, places, &mut findings);
    check_requires(&skills, &dropped, &mut findings);
    let operations = grant_operations(&skills, &specs, &mut findings);
    if has_errors(&findings) {
        return (None, findings);
    }
    let catalog = Catalog::new(skills.into_iter().map(|(name, draft)| (name, draft.skill.into())));
    (Some(freeze(wishes, specs, namespaces, operations, catalog)), findings)
}

/// A skill under construction.
struct Draft {
    skill: Skill,
    source: Source,
}

/// Where the parts of a skill stand.
struct Source {
    document: Document,
    /// The first mention of each granted operation: tool name, spec id, operation id.
    mentions: Vec<Mention>,
}

struct Mention {
    tool: String,
    spec: String,
    operation: String,
}

fn by_id(
    specs: Vec<Spec>,
    rules: &[Rule],
    places: &Places,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Spec> {
    let mut known = BTreeMap::new();
    for (index, mut spec) in specs.into_iter().enumerate() {
        spec.classify(rules);
        let id = spec.id.clone();
        if known.insert(id.clone(), spec).is_some() {
            findings.push(
                Finding::error("duplicate-spec", format!("Two specs have the id `{id}`"))
                    .at(places.at(&format!("/specs/{index}"), 1))
                    .hint("Give one of them another `id`"),
            );
        }
    }
    known
}

fn draft_skills(
    sources: Vec<SkillSource>,
    specs: &BTreeMap<String, Spec>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Draft> {
    let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
    for source in sources {
        let draft = draft(source, specs, findings);
        if let Some(first) = drafts.get(&draft.skill.name) {
            let message = format!("Two skills are named `{}`", draft.skill.name);
            let other = &first.source.document.file;
            findings.push(
                Finding::error("duplicate-skill", message)
                    .at(draft.source.document.at("/name"))
                    .hint(format!("The other one is {other}; rename one of them")),
            );
            continue;
        }
        drafts.insert(draft.skill.name.clone(), draft);
    }
    drafts
}

/// One skill with its operation references resolved and their tags inherited.
fn draft(source: SkillSource, specs: &BTreeMap<String, Spec>, findings: &mut Vec<Finding>) -> Draft {
    let mut tags = source.about.tags.clone();
    let mut mentions: Vec<Mention> = Vec::new();
    let mut seen = BTreeSet::new();
    for reference in &source.operations {
        match find(reference, specs) {
            Ok(head) => {
                let tool = format!("{}.{}", reference.spec, head.name);
                if seen.insert(tool.clone()) {
                    tags.extend(head.tags.iter().filter(|tag| !tag.is_empty()).cloned());
                    mentions.push(Mention { tool, spec: reference.spec.clone(), operation: head.id.clone() });
                }
            }
            Err(finding) => findings.push(finding),
        }
    }
    let mut kept = BTreeSet::new();
    tags.retain(|tag| kept.insert(tag.clone()));
    let skill = Skill {
        name: source.about.name,
        description: source.about.description,
        tags,
        always_load: source.about.always_load,
        hide_from_discovery: source.about.hide_from_discovery,
        requires: source.about.requires,
        frontmatter: source.frontmatter,
        instructions: source.instructions,
        operations: mentions.iter().map(|mention| mention.tool.clone()).collect(),
        files: source.files,
    };
    Draft { skill, source: Source { document: source.document, mentions } }
}

fn find<'a>(
    reference: &OperationRef,
    specs: &'a BTreeMap<String, Spec>,
) -> Result<&'a OperationHead, Finding> {
    let OperationRef { spec: id, operation, raw, location } = reference;
    let unknown = |code, message: String, hint: Option<String>| Finding {
        hint,
        ..Finding::error(code, message).at(location.clone())
    };
    let Some(spec) = specs.get(id) else {
        let hint = suggest::hint(id, specs.keys().map(String::as_str));
        let message = format!("There is no spec `{id}`, which {raw} refers to");
        return Err(unknown("unknown-spec", message, hint));
    };
    spec.find(operation).ok_or_else(|| {
        let hint = suggest::hint(operation, spec.operations.iter().map(|head| head.id.as_str()));
        let message = format!("Spec `{id}` has no operation `{operation}`, which {raw} refers to");
        unknown("unknown-operation", message, hint)
    })
}

impl Wishes {
    /// Whether the tag filters let this skill through.
    fn serves(&self, skill: &Skill) -> bool {
        let has = |tags: &[String]| skill.tags.iter().any(|tag| tags.contains(tag));
        (self.include_tags.is_empty() || has(&self.include_tags)) && !has(&self.exclude_tags)
    }

    /// Marks what the manifest lists under `skills.alwaysLoad`.
    fn load_always(
        &self,
        skills: &mut BTreeMap<String, Draft>,
        dropped: &BTreeMap<String, Draft>,
        places: &Places,
        findings: &mut Vec<Finding>,
    ) {
        for (index, name) in self.always_load.iter().enumerate() {
            match skills.get_mut(name) {
                Some(draft) => draft.skill.always_load = true,
                None => {
                    let place = places.at(&format!("/skills/alwaysLoad/{index}"), 2);
                    findings.push(absent(name, "`skills.alwaysLoad` names", skills, dropped).at(place));
                }
            }
        }
    }
}

fn check_requires(
    skills: &BTreeMap<String, Draft>,
    dropped: &BTreeMap<String, Draft>,
    findings: &mut Vec<Finding>,
) {
    for (name, draft) in skills {
        let unknown = draft.skill.requires.iter().filter(|required| !skills.contains_key(*required));
        for required in unknown {
            let who = format!("`{name}` requires");
            findings.push(absent(required, &who, skills, dropped).at(requires_place(draft)));
        }
    }
}

fn requires_place(draft: &Draft) -> Location {
    let document = &draft.source.document;
    let top = document.value.get("requires").is_some();
    document.at(if top { "/requires" } else { "/metadata/requires" })
}

fn absent(
    name: &str,
    who: &str,
    skills: &BTreeMap<String, Draft>,
    dropped: &BTreeMap<String, Draft>,
) -> Finding {
    if dropped.contains_key(name) {
        return Finding::error("skill-filtered", format!("{who} `{name}`, which `skills.tags` filters out"))
            .hint("Change the tags of the skill, or the filter");
    }
    let hint = suggest::hint(name, skills.keys().map(String::as_str));
    Finding { hint, ..Finding::error("unknown-skill", format!("{who} `{name}`, but there is no such skill")) }
}

/// Resolves every operation that some skill grants, once.
fn grant_operations(
    skills: &BTreeMap<String, Draft>,
    specs: &BTreeMap<String, Spec>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Arc<Operation>> {
    let mut operations = BTreeMap::new();
    let mut tried = BTreeSet::new();
    for mention in skills.values().flat_map(|draft| &draft.source.mentions) {
        let Some(spec) = specs.get(&mention.spec).filter(|_| tried.insert(mention.tool.as_str())) else {
            continue;
        };
        let (operation, problems) = spec.resolve(&mention.operation);
        findings.extend(problems);
        if let Some(operation) = operation {
            operations.insert(mention.tool.clone(), operation);
        }
    }
    operations
}

fn freeze(
    wishes: Wishes,
    specs: BTreeMap<String, Spec>,
    namespaces: BTreeMap<String, String>,
    operations: BTreeMap<String, Arc<Operation>>,
    catalog: Catalog,
) -> Snapshot {
    let discovered = catalog.skills.values().filter(|skill| !skill.hide_from_discovery);
    let visible: Vec<Visible> = discovered.cloned().map(Visible::new).collect();
    let skills = || visible.iter().map(|visible| &*visible.skill);
    let index = Index::build(skills().map(|skill| Entry {
        name: &skill.name,
        description: &skill.description,
        tags: &skill.tags,
        operations: operation_texts(skill, &operations),
    }));
    Snapshot {
        instructions: instructions::compose(&wishes.instructions, skills()),
        executable: skills().filter(|skill| skill.is_executable()).count(),
        visible,
        index,
        name: wishes.name,
        version: wishes.version,
        title: wishes.title,
        secrets: wishes.secrets,
        specs: specs.into_iter().map(|(id, spec)| (id, Arc::new(spec.without_operations()))).collect(),
        operations,
        namespaces,
        catalog,
        manifest: None,
        environment: None,
    }
}

fn operation_texts<'a>(skill: &Skill, operations: &'a BTreeMap<String, Arc<Operation>>) -> Vec<&'a str> {
    let granted = skill.operations.iter().filter_map(|tool| operations.get(tool));
    granted.flat_map(|each| [each.name.as_str(), &each.summary, &each.path]).collect()
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
