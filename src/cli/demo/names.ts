/** Invented: nobody and nothing is meant. */
export const givenNames = [
  'Alma',
  'Benno',
  'Carla',
  'Dario',
  'Edda',
  'Falk',
  'Greta',
  'Hanno',
  'Ilka',
  'Jonte',
  'Karla',
  'Lorin',
  'Mira',
  'Nils',
  'Oda',
  'Pavel',
  'Quirin',
  'Runa',
  'Silas',
  'Thea',
  'Ulla',
  'Veit',
  'Wanda',
  'Xaver',
  'Yara',
  'Zeno',
] as const;
export const familyNames = [
  'Albrand',
  'Birkner',
  'Carow',
  'Dornfeld',
  'Eberlin',
  'Fahrholz',
  'Grauhof',
  'Hasselbrink',
  'Immenhoff',
  'Jarow',
  'Kaltwasser',
  'Lindwehr',
  'Morgenthal',
  'Neufang',
  'Ostrau',
  'Pflugbeil',
  'Quandel',
  'Rotbuch',
  'Steinacker',
  'Tannhof',
  'Uhlenbrock',
  'Vorwerk',
  'Wiesengrund',
  'Zirbel',
] as const;
export const regionNames = ['North', 'Middle', 'South', 'East', 'West', 'Coast', 'Alps', 'Lakes'] as const;
export const towns = [
  'Altwalden',
  'Brunnsee',
  'Caldorf',
  'Dreilinden am Moor',
  'Eschental',
  'Fichtenau',
  'Grünwerder',
  'Hohenfurt',
  'Ilmwiesen',
  'Jungbach',
  'Kieferstadt',
  'Lahnbrück',
] as const;
export const tradeNames = [
  'Ahorn',
  'Bergmann',
  'Castell',
  'Delta',
  'Edelweiss',
  'Falken',
  'Goldstern',
  'Hafen',
  'Insel',
  'Juwel',
  'Kompass',
  'Leuchtturm',
  'Markt',
  'Nordlicht',
  'Orion',
  'Panther',
  'Quelle',
  'Rosen',
  'Sonnen',
  'Turm',
] as const;
export const trades = [
  'Apotheke',
  'Bau',
  'Drogerie',
  'Elektro',
  'Farben',
  'Garten',
  'Handel',
  'Hotel',
  'Küchen',
  'Logistik',
  'Möbel',
  'Papier',
  'Sanitär',
  'Technik',
  'Werkzeug',
] as const;
export const legalForms = ['GmbH', 'KG', 'OHG', 'AG', 'eG'] as const;
export const segments = ['A', 'B', 'C'] as const;
export const channels = [
  ['DIR', 'Direct sales'],
  ['RET', 'Retail'],
  ['WHO', 'Wholesale'],
  ['ONL', 'Online'],
] as const;
export const competitors = ['Brixol', 'Corvanta', 'Dunmere', 'Elkhardt', 'Ferrowin'] as const;
export const productGroups = [
  ['Cleaning', ['Glass cleaner', 'Floor cleaner', 'Degreaser', 'Descaler', 'Hand soap']],
  ['Paper', ['Towel roll', 'Folded towel', 'Tissue box', 'Kitchen roll', 'Wipes']],
  ['Dispensers', ['Soap dispenser', 'Towel dispenser', 'Scent dispenser', 'Foam dispenser', 'Glove holder']],
  ['Tools', ['Mop set', 'Bucket trolley', 'Window wiper', 'Hand brush', 'Scraper']],
  ['Protection', ['Nitrile gloves', 'Apron', 'Face shield', 'Shoe covers', 'Safety goggles']],
] as const;
export const agreements = [
  'Framework agreement',
  'Supply for all sites',
  'Listing of the range',
  'Change of supplier',
  'Yearly agreement',
] as const;
export const refusals = [
  'The price is above what they planned.',
  'They want other terms of payment.',
  'The range lacks an article that they need.',
  'Another offer suits them better.',
] as const;
export const setbacks = [
  'They ask for another offer.',
  'What they need has changed.',
  'The buyer has changed and begins anew.',
] as const;
export const pauses = ['They take stock first.', 'The buyer is away.', 'Their budget comes later.'] as const;
export const delays = [
  'They need more time.',
  'Their board meets later.',
  'The contract with the former supplier runs longer.',
] as const;
export const holidayNames = ['Founders’ Day', 'Harvest Fair', 'Town Festival', 'Bridge Day'] as const;
export const purposeNotes = [
  'Invite to the autumn fair',
  'Hand over the new catalogue',
  'Check the shelf',
] as const;
export const summaries = [
  'Talked through the next quarter; they want a firm delivery day.',
  'Showed the new dispensers, samples stay there for two weeks.',
  'Price was the main point; service speaks for us.',
  'Stock is low, the next order comes within days.',
  'They compare us with a competitor and decide next week.',
  'Went through open points, all settled.',
] as const;
export const nextSteps = [
  'Send the offer',
  'Bring samples',
  'Call about the delivery',
  'Visit together with the supervisor',
] as const;
export const missedNotes = [
  'Nobody there',
  'Asked for another day',
  'Road closed',
  'Another customer needed help',
] as const;
export const observations = [
  'Offers ten per cent off for a year’s contract.',
  'New dispenser on the counter, at a low price.',
  'Their representative has changed again.',
  'Delivery takes two weeks at present.',
] as const;
export const opinionTopics = ['Delivery', 'Price', 'Quality', 'Packaging', 'Advice'] as const;
export const opinions = [
  'Better than before.',
  'Too slow for them.',
  'Exactly what they need.',
  'Others are cheaper.',
] as const;
export const developments = [
  'A second site opens in spring.',
  'The buyer leaves at the end of the month.',
  'They pay later than they used to.',
  'The shop is for sale.',
] as const;
export const complaintTexts = [
  'Two cartons arrived damaged.',
  'The invoice shows the wrong price.',
  'The delivery came three days late.',
  'The pump of the dispenser leaks.',
  'Nobody called back.',
] as const;
export const experiences = [
  'Those who are visited before noon take more time.',
  'The new price list needs explaining, a one-page summary helps.',
  'Samples open doors.',
  'Asking for the next step at the end pays.',
  'Two visits in one street save an hour.',
] as const;
export const focuses = [
  'Open offers',
  'Collect what is overdue',
  'New outlets in town',
  'Key accounts',
  'Returned plan',
] as const;
export const praises = [
  'Good day. Follow up the open offers.',
  'Clear report. Say more about the competitor next time.',
  'Fine, but two visits were too short.',
  'Thank you. Take the overdue invoices with you tomorrow.',
] as const;
export const objections = [
  'Say what the customer decided.',
  'The next steps are missing.',
  'The figures do not fit the visits; please check.',
] as const;
