"""How Azure bills spell regions: `US East`, `EastUS` and `eastus` are one.

The spellings that start with a country are those of Microsoft's open data for its FinOps
toolkit (microsoft/finops-toolkit:src/open-data/Regions.csv at 04d370f, MIT, Microsoft).
"""

_COUNTRY_FIRST = """
aecentral:uaecentral aenorth:uaenorth apeast:eastasia apsoutheast:southeastasia
ateast:austriaeast aucentral:australiacentral aucentral2:australiacentral2 aueast:australiaeast
ausoutheast:australiasoutheast becentral:belgiumcentral brsouth:brazilsouth
brsoutheast:brazilsoutheast cacentral:canadacentral caeast:canadaeast chnorth:switzerlandnorth
chwest:switzerlandwest clcentral:chilecentral cneast:chinaeast cneast2:chinaeast2
cneast3:chinaeast3 cnnorth:chinanorth cnnorth2:chinanorth2 cnnorth3:chinanorth3
decentral:germanycentral denorth:germanynorth denortheast:germanynortheast
dewestcentral:germanywestcentral escentral:spaincentral eunorth:northeurope euwest:westeurope
ficentral:finlandcentral frcentral:francecentral frsouth:francesouth grcentral:greececentral
idcentral:indonesiacentral ilcentral:israelcentral incentral:centralindia
incentraljio:jioindiacentral insouth:southindia insouthcentral:indiasouthcentral
inwest:westindia inwestjio:jioindiawest itnorth:italynorth jaeast:japaneast jawest:japanwest
krcentral:koreacentral krsouth:koreasouth mxcentral:mexicocentral mywest:malaysiawest
noeast:norwayeast nowest:norwaywest nznorth:newzealandnorth plcentral:polandcentral
qacentral:qatarcentral saeast:saudiarabiaeast secentral:swedencentral sesouth:swedensouth
twnorth:taiwannorth uscentral:centralus useast:eastus useast2:eastus2 useast3:eastus3
usgovaz:usgovarizona usgovtx:usgovtexas usnorthcentral:northcentralus
ussouthcentral:southcentralus uswest:westus uswest2:westus2 uswest3:westus3
uswestcentral:westcentralus zanorth:southafricanorth zawest:southafricawest
"""


def region_sql(name: str) -> str:
    """SQL for the region's id, given a column that names it in any of the spellings."""
    pairs = (pair.split(":") for pair in _COUNTRY_FIRST.split())
    known = ", ".join(f"'{spelling}': '{region}'" for spelling, region in pairs)
    plain = f"lower(regexp_replace({name}, '[ _-]', '', 'g'))"
    return f"coalesce(MAP {{{known}}}[{plain}], {plain})"
