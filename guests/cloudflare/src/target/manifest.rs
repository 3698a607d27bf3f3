//! What of an effective manifest concerns the platform. Reads; judges nothing.

use serde_json::Value;

pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) compatibility_date: String,
    pub(crate) compatibility_flags: Vec<String>,
    pub(crate) durable_objects: Vec<DurableObject>,
    pub(crate) d1_databases: Vec<D1Database>,
    pub(crate) kv_namespaces: Vec<KvNamespace>,
    pub(crate) r2_buckets: Vec<R2Bucket>,
    pub(crate) vars: Vec<(String, String)>,
    /// The KV namespace of the replay nonces, by its binding.
    pub(crate) nonce_kv: String,
    pub(crate) secrets: Vec<Secret>,
}

pub(crate) struct DurableObject {
    pub(crate) binding: String,
    pub(crate) class_name: String,
    pub(crate) script_name: Option<String>,
}

pub(crate) struct D1Database {
    pub(crate) binding: String,
    pub(crate) database_name: String,
    pub(crate) database_id: String,
}

pub(crate) struct KvNamespace {
    pub(crate) binding: String,
    pub(crate) id: String,
}

pub(crate) struct R2Bucket {
    pub(crate) binding: String,
    pub(crate) bucket_name: String,
}

pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
}

impl Manifest {
    /// Reads a manifest that was checked.
    ///
    /// # Errors
    /// It is not JSON, or lacks what every manifest has.
    pub(crate) fn read(json: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(json).map_err(|error| format!("the manifest is not JSON: {error}"))?;
        let runtime = &value["runtime"];
        Ok(Self {
            name: text(&value, "name")?,
            target: text(runtime, "target")?,
            compatibility_date: text(runtime, "compatibilityDate")?,
            compatibility_flags: items(runtime, "compatibilityFlags")
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            nonce_kv: text(&value["signing"]["replay"], "nonceKv")?,
            secrets: items(&value, "secrets").map(secret).collect::<Result<_, _>>()?,
            ..Self::bound(&value["bindings"])?
        })
    }

    /// The bindings, and nothing else.
    fn bound(bindings: &Value) -> Result<Self, String> {
        let vars = bindings["vars"].as_object().into_iter().flatten();
        Ok(Self {
            durable_objects: items(bindings, "durableObjects")
                .map(durable_object)
                .collect::<Result<_, _>>()?,
            d1_databases: items(bindings, "d1Databases").map(d1_database).collect::<Result<_, _>>()?,
            kv_namespaces: items(bindings, "kvNamespaces").map(kv_namespace).collect::<Result<_, _>>()?,
            r2_buckets: items(bindings, "r2Buckets").map(r2_bucket).collect::<Result<_, _>>()?,
            vars: vars.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect(),
            name: String::new(),
            target: String::new(),
            compatibility_date: String::new(),
            compatibility_flags: Vec::new(),
            nonce_kv: String::new(),
            secrets: Vec::new(),
        })
    }

    /// What the Worker of this environment is called: as the platform's tool would name it, too.
    pub(crate) fn worker_name(&self, environment: Option<&str>) -> String {
        match environment {
            Some(environment) => format!("{}-{environment}", self.name),
            None => self.name.clone(),
        }
    }
}

impl DurableObject {
    /// Whether its class is the code of this Worker.
    pub(crate) fn is_own(&self, worker: &str) -> bool {
        self.script_name.as_deref().is_none_or(|script| script == worker)
    }
}

fn durable_object(value: &Value) -> Result<DurableObject, String> {
    Ok(DurableObject {
        binding: text(value, "binding")?,
        class_name: text(value, "className")?,
        script_name: value["scriptName"].as_str().map(str::to_owned),
    })
}

fn d1_database(value: &Value) -> Result<D1Database, String> {
    Ok(D1Database {
        binding: text(value, "binding")?,
        database_name: text(value, "databaseName")?,
        database_id: text(value, "databaseId")?,
    })
}

fn kv_namespace(value: &Value) -> Result<KvNamespace, String> {
    Ok(KvNamespace { binding: text(value, "binding")?, id: text(value, "id")? })
}

fn r2_bucket(value: &Value) -> Result<R2Bucket, String> {
    Ok(R2Bucket { binding: text(value, "binding")?, bucket_name: text(value, "bucketName")? })
}

fn secret(value: &Value) -> Result<Secret, String> {
    Ok(Secret {
        name: text(value, "name")?,
        required: value["required"].as_bool().unwrap_or(true),
        description: value["description"].as_str().map(str::to_owned),
    })
}

fn text(value: &Value, key: &str) -> Result<String, String> {
    value[key].as_str().map(str::to_owned).ok_or_else(|| format!("the manifest lacks the text `{key}`"))
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}
