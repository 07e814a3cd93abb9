//! The functions of the template, and what their variables stand for.

use domain::message::Queue;
use emulator::Template;
use serde_json::Value;

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name in the template, for example `LabelCreateFunction`.
    pub resource: String,
    /// Its crate and binary, for example `label-create`.
    pub name: String,
    /// Its variables that are always set, with what they name.
    pub variables: Vec<(String, Means)>,
}

/// What a variable names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// A table, by its name in the template.
    Table(String),
    /// A queue.
    Queue(Queue),
    /// The dead letters of a queue, which are looked at only when they are read.
    DeadLetters(Queue),
    /// The topic of the alarms, which can't be looked at without publishing.
    Topic,
    /// The bucket of labels.
    Bucket,
    /// TikTok's credentials.
    TikTokSecret,
    /// EasyPost's credentials.
    EasyPostSecret,
    /// The address of an outside service.
    Address,
}

/// The functions, in the order of their names.
pub fn functions(template: &Template) -> Vec<Function> {
    let functions = template.of_type("AWS::Serverless::Function").into_iter();
    functions.map(|(resource, properties)| Function::read(resource, properties)).collect()
}

impl Function {
    fn read(resource: &str, properties: &Value) -> Self {
        let code = properties["CodeUri"].as_str().unwrap_or_default();
        let variables = properties["Environment"]["Variables"].as_object().into_iter().flatten();
        let variables = variables.filter_map(|(name, value)| Some((name.clone(), means(value.as_str()?)?)));
        Self {
            resource: resource.to_owned(),
            name: code.trim_start_matches("../functions/").to_owned(),
            variables: variables.collect(),
        }
    }
}

fn means(target: &str) -> Option<Means> {
    Some(match target {
        "TikTokSecretArn" => Means::TikTokSecret,
        "EasyPostSecretArn" => Means::EasyPostSecret,
        "LabelsBucket" => Means::Bucket,
        "SellerAlarmsTopic" => Means::Topic,
        _ if target.ends_with("Url") => Means::Address,
        _ if target.ends_with("Table") => Means::Table(target.to_owned()),
        _ => {
            let dead = Queue::ALL.into_iter().find(|queue| target == format!("{queue:?}DeadLetters"));
            let alive = Queue::ALL.into_iter().find(|queue| target == format!("{queue:?}Queue"));
            alive.map(Means::Queue).or(dead.map(Means::DeadLetters))?
        }
    })
}
