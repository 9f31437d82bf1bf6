"""Names for people and places. All are made of invented parts, and stand for nobody."""

GIVEN = (
    "Alder", "Briony", "Cassia", "Dorrit", "Elowen", "Fenna", "Greer", "Hollis", "Ivo", "Juniper",
    "Kestra", "Linnet", "Maris", "Nerys", "Orla", "Perrin", "Quill", "Rowan", "Sorrel", "Tamsin",
    "Umber", "Verity", "Willa", "Yarrow", "Zinnia",
)  # fmt: skip
FAMILY = (
    "Ashgrove", "Birkmere", "Coldwater", "Dunfell", "Eskdown", "Fallowby", "Garthmoor", "Hawkrigg",
    "Ironsmere", "Jessopfield", "Kelderby", "Larkmoss", "Mossthwaite", "Netherby", "Oakhanger",
    "Pellbrook", "Quernhow", "Ravelmoor", "Saltby", "Thornmere", "Underfell", "Venbrook",
    "Wraymire", "Yewdale",
)  # fmt: skip
NICKNAMES = ("Bishop", "Chalk", "Duke", "Echo", "Flint", "Ghost", "Hatter", "Jinx", "Lucky", "Moss")
PLACES = {
    "dwelling": "house in Tanner Row", "hotel": "Quayside Rooms", "park": "Beacon Park",
    "takeaway": "Golden Lantern", "childrens-home": "Saltmarsh House",
    "shopping-centre": "Harbour Arcade", "": "somewhere by the canal",
}  # fmt: skip
