PRAGMA application_id=1668443491;
PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE crm_event (
	tenant VARCHAR(100) NOT NULL, 
	seq BIGINT NOT NULL, 
	unit BIGINT NOT NULL, 
	id VARCHAR(200) NOT NULL, 
	type VARCHAR(100) NOT NULL, 
	subject_kind VARCHAR(100) NOT NULL, 
	subject_id VARCHAR(200) NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_crm_event PRIMARY KEY (tenant, seq), 
	CONSTRAINT fk_crm_event_crm_unit FOREIGN KEY(tenant, unit) REFERENCES crm_unit (tenant, number), 
	CONSTRAINT uq_crm_event_tenant_id UNIQUE (tenant, id)
);
INSERT INTO "crm_event" VALUES('acme',1,1,'id-000005','contact.created','contact','id-000001','{"actor":"import","data":{"rows":["row-658bfe3e4a973c8acc44611811d7b639","row-6c95f1fafcc1600a88825b4e20c9bfe5"],"run":"id-000004"},"id":"id-000005","occurred_at":"2026-11-01T09:00:00Z","reason":"import id-000004","recorded_at":"2026-11-01T09:00:00Z","subject_id":"id-000001","subject_kind":"contact","type":"contact.created"}');
INSERT INTO "crm_event" VALUES('acme',2,1,'id-000006','contact.created','contact','id-000003','{"actor":"import","data":{"rows":["row-5e2e0f72f641eea066a19a1c3fe668d7"],"run":"id-000004"},"id":"id-000006","occurred_at":"2026-11-01T09:00:00Z","reason":"import id-000004","recorded_at":"2026-11-01T09:00:00Z","subject_id":"id-000003","subject_kind":"contact","type":"contact.created"}');
INSERT INTO "crm_event" VALUES('acme',3,1,'id-000007','import.done','import_run','id-000004','{"actor":"import","data":{"summary":"2 new from 3 rows"},"id":"id-000007","occurred_at":"2026-11-01T09:00:00Z","reason":"import id-000004","recorded_at":"2026-11-01T09:00:00Z","subject_id":"id-000004","subject_kind":"import_run","type":"import.done"}');
INSERT INTO "crm_event" VALUES('acme',4,2,'e-x','contact.called','contact','id-000001','{"actor":"ada","data":{},"id":"e-x","occurred_at":"2026-11-01T09:00:00Z","reason":"","recorded_at":"2026-11-01T09:00:00Z","subject_id":"id-000001","subject_kind":"contact","type":"contact.called"}');
CREATE TABLE crm_lookup (
	tenant VARCHAR(100) NOT NULL, 
	kind VARCHAR(100) NOT NULL, 
	field VARCHAR(100) NOT NULL, 
	value VARCHAR(300) NOT NULL, 
	id VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_crm_lookup PRIMARY KEY (tenant, kind, field, value, id), 
	CONSTRAINT fk_crm_lookup_crm_record FOREIGN KEY(tenant, kind, id) REFERENCES crm_record (tenant, kind, id)
)
 WITHOUT ROWID

;
INSERT INTO "crm_lookup" VALUES('acme','candidate','contact','id-000001','cand-1');
INSERT INTO "crm_lookup" VALUES('acme','contact','email','g2@x.example','id-000001');
INSERT INTO "crm_lookup" VALUES('acme','contact','email','grace@navy.example','id-000001');
INSERT INTO "crm_lookup" VALUES('acme','contact','phone','+12025550101','id-000001');
INSERT INTO "crm_lookup" VALUES('acme','contact','email','zoe@x.example','id-000003');
INSERT INTO "crm_lookup" VALUES('acme','contact','phone','+31205550102','id-000003');
INSERT INTO "crm_lookup" VALUES('acme','note','subject','id-000001','n-1');
INSERT INTO "crm_lookup" VALUES('acme','note','subject','id-000001','n-2');
INSERT INTO "crm_lookup" VALUES('acme','note','subject','id-000001','n-3');
INSERT INTO "crm_lookup" VALUES('acme','organisation','company','navy','o-1');
INSERT INTO "crm_lookup" VALUES('acme','organisation','domain','navy.example','o-1');
INSERT INTO "crm_lookup" VALUES('acme','source_record','contact','id-000003','row-5e2e0f72f641eea066a19a1c3fe668d7');
INSERT INTO "crm_lookup" VALUES('acme','source_record','row_hash','394cab5e8281ab136f1e54bb72741ba5fa74006d0122b9ba4b8be4026c960f87','row-5e2e0f72f641eea066a19a1c3fe668d7');
INSERT INTO "crm_lookup" VALUES('acme','source_record','run','id-000004','row-5e2e0f72f641eea066a19a1c3fe668d7');
INSERT INTO "crm_lookup" VALUES('acme','source_record','contact','id-000001','row-658bfe3e4a973c8acc44611811d7b639');
INSERT INTO "crm_lookup" VALUES('acme','source_record','row_hash','d8bc9a2c67a4988fe0911fcac0e06f94fe35dceb35edae8ef905c5e6b27fc568','row-658bfe3e4a973c8acc44611811d7b639');
INSERT INTO "crm_lookup" VALUES('acme','source_record','run','id-000004','row-658bfe3e4a973c8acc44611811d7b639');
INSERT INTO "crm_lookup" VALUES('acme','source_record','contact','id-000001','row-6c95f1fafcc1600a88825b4e20c9bfe5');
INSERT INTO "crm_lookup" VALUES('acme','source_record','row_hash','4f1b3df51d97591e4531f64e1e6cde733a8d653bbcaf85687ef1d23bc3e2f4dd','row-6c95f1fafcc1600a88825b4e20c9bfe5');
INSERT INTO "crm_lookup" VALUES('acme','source_record','run','id-000004','row-6c95f1fafcc1600a88825b4e20c9bfe5');
INSERT INTO "crm_lookup" VALUES('other','contact','email','e@o.example','c-1');
CREATE TABLE crm_record (
	tenant VARCHAR(100) NOT NULL, 
	kind VARCHAR(100) NOT NULL, 
	id VARCHAR(200) NOT NULL, 
	version BIGINT NOT NULL, 
	schema_version INTEGER NOT NULL, 
	payload TEXT, 
	CONSTRAINT pk_crm_record PRIMARY KEY (tenant, kind, id), 
	CONSTRAINT fk_crm_record_crm_tenant FOREIGN KEY(tenant) REFERENCES crm_tenant (tenant)
);
INSERT INTO "crm_record" VALUES('acme','import_run','id-000004',1,1,'{"actor":"import","created":2,"merged_rows":0,"plan_digest":"abb4c87fe72d019fb59330d90f92d74c1cd29292f672792c3913a91743c60a1a","rejected_rows":0,"rejects":[],"rows":3,"sources":["people.csv"],"started_at":"2026-11-01T09:00:00Z","status":"done","unchanged":0,"updated":0}');
INSERT INTO "crm_record" VALUES('acme','contact','id-000001',2,1,'{"addresses":[{"city":"Arlington","country":"","extra":"","house_number":"","is_primary":true,"normal":"arlington","postcode":"","raw":"Arlington","region":"","status":{"reason":"","since":null,"state":"active"},"street":"","type":"other","verified_at":null}],"affiliations":[],"birth_place":"","born":null,"consents":[],"created_at":null,"credits":[],"custom":{},"do_not_contact":null,"educations":[],"emails":[{"is_primary":true,"normal":"grace@navy.example","raw":"Grace@Navy.example","status":{"reason":"","since":null,"state":"active"},"type":"other","verified_at":null},{"is_primary":false,"normal":"g2@x.example","raw":"g2@x.example","status":{"reason":"","since":null,"state":"active"},"type":"other","verified_at":null}],"employments":[],"external_ids":[],"followers":[],"gender":"","headline":"","is_private":false,"languages":[],"linked_user":null,"links":[],"locale":null,"name":{"display":"","family":"Hopper","family_first":false,"given":"Grace","middle":"","preferred":"","prefix":"","suffix":""},"national_id":"","origin":null,"owner":null,"phones":[{"extension":"","is_primary":true,"normal":"+12025550101","raw":"+1 202 555 0101","region":"US","status":{"reason":"","since":null,"state":"active"},"type":"other","verified_at":null}],"provenance":{"addresses/arlington":[{"line":2,"method":"stated","observed_at":null,"record":"row-658bfe3e4a973c8acc44611811d7b639","source":"people.csv","trust":null,"verified":false},{"line":3,"method":"stated","observed_at":null,"record":"row-6c95f1fafcc1600a88825b4e20c9bfe5","source":"people.csv","trust":null,"verified":false}],"emails/grace@navy.example":[{"line":2,"method":"stated","observed_at":null,"record":"row-658bfe3e4a973c8acc44611811d7b639","source":"people.csv","trust":null,"verified":false},{"line":3,"method":"stated","observed_at":null,"record":"row-6c95f1fafcc1600a88825b4e20c9bfe5","source":"people.csv","trust":null,"verified":false}],"name.family":[{"line":2,"method":"stated","observed_at":null,"record":"row-658bfe3e4a973c8acc44611811d7b639","source":"people.csv","trust":null,"verified":false},{"line":3,"method":"stated","observed_at":null,"record":"row-6c95f1fafcc1600a88825b4e20c9bfe5","source":"people.csv","trust":null,"verified":false}],"name.given":[{"line":2,"method":"stated","observed_at":null,"record":"row-658bfe3e4a973c8acc44611811d7b639","source":"people.csv","trust":null,"verified":false}],"phones/+12025550101":[{"line":2,"method":"stated","observed_at":null,"record":"row-658bfe3e4a973c8acc44611811d7b639","source":"people.csv","trust":null,"verified":false}],"skills/cobol":[{"line":2,"method":"stated","observed_at":null,"record":"row-658bfe3e4a973c8acc44611811d7b639","source":"people.csv","trust":null,"verified":false}],"skills/compilers":[{"line":2,"method":"stated","observed_at":null,"record":"row-658bfe3e4a973c8acc44611811d7b639","source":"people.csv","trust":null,"verified":false}]},"roles":[],"salary":null,"skills":[{"level":null,"name":"COBOL","raw":"COBOL"},{"level":null,"name":"compilers","raw":"compilers"}],"tags":[],"time_zone":null,"touches":[]}');
INSERT INTO "crm_record" VALUES('acme','source_record','row-658bfe3e4a973c8acc44611811d7b639',1,1,'{"cells":{"City":"Arlington","E-mail":"Grace@Navy.example","Name":"Grace Hopper","Phone":"+1 202 555 0101","Skills":"COBOL; compilers"},"contact":"id-000001","external_id":"","hash":"d8bc9a2c67a4988fe0911fcac0e06f94fe35dceb35edae8ef905c5e6b27fc568","imported_at":"2026-11-01T09:00:00Z","line":2,"observed_at":null,"run":"id-000004","source":"people.csv","system":"people.csv"}');
INSERT INTO "crm_record" VALUES('acme','source_record','row-6c95f1fafcc1600a88825b4e20c9bfe5',1,1,'{"cells":{"City":"Arlington","E-mail":"grace@navy.example","Name":"G. Hopper","Phone":null,"Skills":null},"contact":"id-000001","external_id":"","hash":"4f1b3df51d97591e4531f64e1e6cde733a8d653bbcaf85687ef1d23bc3e2f4dd","imported_at":"2026-11-01T09:00:00Z","line":3,"observed_at":null,"run":"id-000004","source":"people.csv","system":"people.csv"}');
INSERT INTO "crm_record" VALUES('acme','contact','id-000003',1,1,'{"addresses":[{"city":"Köln","country":"","extra":"","house_number":"","is_primary":true,"normal":"köln","postcode":"","raw":"Köln","region":"","status":{"reason":"","since":null,"state":"active"},"street":"","type":"other","verified_at":null}],"affiliations":[],"birth_place":"","born":null,"consents":[],"created_at":null,"credits":[],"custom":{},"do_not_contact":null,"educations":[],"emails":[{"is_primary":true,"normal":"zoe@x.example","raw":"zoe@x.example","status":{"reason":"","since":null,"state":"active"},"type":"other","verified_at":null}],"employments":[],"external_ids":[],"followers":[],"gender":"","headline":"","is_private":false,"languages":[],"linked_user":null,"links":[],"locale":null,"name":{"display":"","family":"👩💻","family_first":false,"given":"Zoë","middle":"Ünïcode","preferred":"","prefix":"","suffix":""},"national_id":"","origin":null,"owner":null,"phones":[{"extension":"","is_primary":true,"normal":"+31205550102","raw":"0031 20 555 0102","region":"NL","status":{"reason":"","since":null,"state":"active"},"type":"other","verified_at":null}],"provenance":{"addresses/köln":[{"line":4,"method":"stated","observed_at":null,"record":"row-5e2e0f72f641eea066a19a1c3fe668d7","source":"people.csv","trust":null,"verified":false}],"emails/zoe@x.example":[{"line":4,"method":"stated","observed_at":null,"record":"row-5e2e0f72f641eea066a19a1c3fe668d7","source":"people.csv","trust":null,"verified":false}],"name.family":[{"line":4,"method":"stated","observed_at":null,"record":"row-5e2e0f72f641eea066a19a1c3fe668d7","source":"people.csv","trust":null,"verified":false}],"name.given":[{"line":4,"method":"stated","observed_at":null,"record":"row-5e2e0f72f641eea066a19a1c3fe668d7","source":"people.csv","trust":null,"verified":false}],"name.middle":[{"line":4,"method":"stated","observed_at":null,"record":"row-5e2e0f72f641eea066a19a1c3fe668d7","source":"people.csv","trust":null,"verified":false}],"phones/+31205550102":[{"line":4,"method":"stated","observed_at":null,"record":"row-5e2e0f72f641eea066a19a1c3fe668d7","source":"people.csv","trust":null,"verified":false}],"skills/python":[{"line":4,"method":"stated","observed_at":null,"record":"row-5e2e0f72f641eea066a19a1c3fe668d7","source":"people.csv","trust":null,"verified":false}]},"roles":[],"salary":null,"skills":[{"level":null,"name":"Python","raw":"Python"}],"tags":[],"time_zone":null,"touches":[]}');
INSERT INTO "crm_record" VALUES('acme','source_record','row-5e2e0f72f641eea066a19a1c3fe668d7',1,1,'{"cells":{"City":"Köln","E-mail":"zoe@x.example","Name":"Zoë Ünïcode 👩‍💻","Phone":"0031 20 555 0102","Skills":"python"},"contact":"id-000003","external_id":"","hash":"394cab5e8281ab136f1e54bb72741ba5fa74006d0122b9ba4b8be4026c960f87","imported_at":"2026-11-01T09:00:00Z","line":4,"observed_at":null,"run":"id-000004","source":"people.csv","system":"people.csv"}');
INSERT INTO "crm_record" VALUES('acme','note','n-1',1,1,'{"at":"2026-11-01T09:00:00Z","author":"ada","body":"éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé\n\t\u0001 ‮ end","shared_with":[],"subjects":["id-000001"],"visibility":"public"}');
INSERT INTO "crm_record" VALUES('acme','note','n-2',1,1,'{"at":"0001-01-01T00:00:00Z","author":"ada","body":"x","shared_with":[],"subjects":["id-000001"],"visibility":"public"}');
INSERT INTO "crm_record" VALUES('acme','note','n-3',1,1,'{"at":"9999-12-31T23:59:59.999999Z","author":"ada","body":"y","shared_with":[],"subjects":["id-000001"],"visibility":"public"}');
INSERT INTO "crm_record" VALUES('acme','note','n-4',2,1,NULL);
INSERT INTO "crm_record" VALUES('acme','candidate','cand-1',1,1,'{"attachments":[],"availability":"unknown","available_from":null,"contact":"id-000001","coordinator":null,"custom":{},"expects":null,"from_lead":null,"is_remote_wanted":null,"may_relocate":null,"notice":"","recruiter":null,"snoozed_until":null,"summary":"","wanted_places":[],"wanted_titles":[]}');
INSERT INTO "crm_record" VALUES('acme','organisation','o-1',1,1,'{"addresses":[],"custom":{},"domains":["navy.example"],"emails":[],"external_ids":[],"industry":"","is_client":false,"legal_form":"","links":[],"name":"Navy","normal":"","owner":null,"parent":null,"phones":[],"provenance":{},"tags":[]}');
INSERT INTO "crm_record" VALUES('other','contact','c-1',1,1,'{"addresses":[],"affiliations":[],"birth_place":"","born":null,"consents":[],"created_at":null,"credits":[],"custom":{},"do_not_contact":null,"educations":[],"emails":[{"is_primary":true,"normal":"e@o.example","raw":"e@o.example","status":{"reason":"","since":null,"state":"active"},"type":"other","verified_at":null}],"employments":[],"external_ids":[],"followers":[],"gender":"","headline":"","is_private":false,"languages":[],"linked_user":null,"links":[],"locale":null,"name":{"display":"","family":"Other","family_first":false,"given":"Eve","middle":"","preferred":"","prefix":"","suffix":""},"national_id":"","origin":null,"owner":null,"phones":[],"provenance":{},"roles":[],"salary":null,"skills":[],"tags":[],"time_zone":null,"touches":[]}');
CREATE TABLE crm_tenant (
	tenant VARCHAR(100) NOT NULL, 
	last_unit BIGINT NOT NULL, 
	last_seq BIGINT NOT NULL, 
	CONSTRAINT pk_crm_tenant PRIMARY KEY (tenant)
);
INSERT INTO "crm_tenant" VALUES('acme',3,4);
INSERT INTO "crm_tenant" VALUES('other',1,0);
CREATE TABLE crm_unit (
	tenant VARCHAR(100) NOT NULL, 
	number BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_crm_unit PRIMARY KEY (tenant, number), 
	CONSTRAINT fk_crm_unit_crm_tenant FOREIGN KEY(tenant) REFERENCES crm_tenant (tenant)
);
INSERT INTO "crm_unit" VALUES('acme',1,'import','import id-000004');
INSERT INTO "crm_unit" VALUES('acme',2,'ada','phone screen');
INSERT INTO "crm_unit" VALUES('acme',3,'bob','');
INSERT INTO "crm_unit" VALUES('other',1,'eve','');
CREATE INDEX ix_crm_lookup_tenant_kind_id ON crm_lookup (tenant, kind, id);
CREATE INDEX ix_crm_event_tenant_subject_kind_subject_id_seq ON crm_event (tenant, subject_kind, subject_id, seq);
COMMIT;
