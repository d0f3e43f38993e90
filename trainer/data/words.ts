/** Word lists of the generator. The held-out nouns never occur in a training sample, in any position. */

const split = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Things that a table, a file, a record or a function may be about. */
export const NOUNS = split(`
user order product customer account invoice item report message ticket book article comment post photo image document
file record task event member student teacher course lesson employee contact address device sensor server session
payment receipt booking room hotel flight ticket seat movie song album artist track player team match score game level
recipe meal dish menu drink store shop cart basket coupon offer price stock supplier vendor shipment parcel box crate
truck car bus train route stop station city country region street house flat tenant owner agent client partner patient
doctor nurse clinic visit drug dose test sample result lab study paper author journal page chapter note draft template
theme color shape point line circle grid cell row column table chart graph node edge tree leaf branch root path link
domain host port packet frame signal wave pulse beat tone voice word phrase letter number digit symbol token key lock
door window wall floor roof tower bridge river lake ocean island beach forest field farm garden flower plant seed fruit
apple pear plum grape lemon melon cherry berry onion carrot potato bean rice bread cake cookie cheese milk egg fish
animal dog cat horse cow sheep goat duck goose eagle owl wolf fox bear lion tiger mouse rabbit snake turtle spider ant
bee moth robot engine motor wheel brake pedal gear lever switch button screen panel lamp candle fire smoke cloud storm
rain snow wind season month week day hour minute moment project milestone sprint issue bug patch release version build
job worker queue batch stream buffer cache bucket blob archive backup snapshot log metric alert rule policy plan budget
grant loan bond share fund asset ledger entry transfer deposit tax salary bonus review rating survey answer question
quiz exam grade badge medal award prize club league season coach referee ball bat racket glove helmet jacket shirt
shoe sock hat coat ring watch clock mirror chair desk shelf drawer bottle cup plate spoon fork knife bowl pan oven
profile avatar banner channel thread topic group role permission setting option filter label tag category brand model
feature widget plugin module package library folder drive disk printer scanner camera lens phone tablet laptop
magazine newsletter subscriber campaign visitor lead deal quote contract proposal meeting agenda speaker talk slide
ship boat pilot captain sailor anchor cargo harbor dock warehouse pallet forklift shift schedule holiday ward dentist
volcano canyon desert glacier planet comet rocket satellite orbit crystal mineral metal copper silver gold diamond
painter sculptor poet writer editor reader critic drama comedy opera ballet piano violin guitar drum trumpet flute
`);

/** Nouns for evaluation only. */
export const HELD_OUT_NOUNS = split(`
museum orchard ferry turbine compass walnut saddle hammock igloo jigsaw kettle mammoth nectar octopus pumpkin quarry
`);

/** Columns, keys and arguments that records are looked up by. */
export const FIELDS = split(`
name id email title code slug city status phone color size label number owner country address username nickname
serial barcode author genre kind type level reference sku isbn postcode street language currency brand model
tag category surname company department alias domain hostname handle
`);

export const VERBS = split(`
get find fetch load read save store write make build create update change set add remove delete drop clear check test
verify parse format render show print list search select count sum sort merge split join copy move send receive open
close start stop run handle process convert export import sync scan index query lookup resolve collect gather apply
compute measure compare match filter group map reduce pack unpack encode decode sign publish fetch push pull queue
schedule register confirm accept submit track watch inspect describe
`);

export const ADJECTIVES = split(`
new old first last next main safe fast quick slow small big large short long single double final fresh early late
active open closed hidden public private local remote daily weekly monthly yearly simple basic full empty valid raw
clean ready red green blue dark light cold warm dry wet high low top best cheap heavy soft hard silent loud
`);

export const PLACES = split(`Berlin Paris London Rome Madrid Oslo Vienna Prague Dublin Lisbon Tokyo Boston Chicago`);
